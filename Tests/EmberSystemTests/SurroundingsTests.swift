import EmberSystem
import Synchronization
import Testing

@Suite struct SurroundingsTests {
    @Test func aTimeOfItsOwnPassesAsItsTestSays() async {
        let now = ContinuousClock.now
        let slept = Mutex<[Duration]>([])
        let time = TimeSource(
            wall: { 86_400 }, steady: { now }, wait: { end in slept.withLock { $0.append(end - now) } })
        try? await time.sleep(for: .seconds(3600))
        let done = Mutex(false)
        await time.later(after: .seconds(7200)) { done.withLock { $0 = true } }.value
        #expect(slept.withLock { $0 } == [.seconds(3600), .seconds(7200)])
        #expect(done.withLock { $0 } && time.wallSeconds == 86_400 && time.now == now)
    }

    @Test func theMachinesTimeGoesOn() async throws {
        let (began, wall) = (TimeSource.system.now, TimeSource.system.wallSeconds)
        try await TimeSource.system.sleep(for: .milliseconds(5))
        #expect(TimeSource.system.now - began >= .milliseconds(5) && wall > 1_700_000_000)
        let sleeper = Task { try await TimeSource.system.sleep(for: .seconds(3600)) }
        sleeper.cancel()
        await #expect(throws: CancellationError.self) { try await sleeper.value }
    }

    @Test func aSerialQueueKeepsTheOrder() async {
        let queue = WorkQueue.system("test")
        let order = Mutex<[Int]>([])
        for number in 0..<100 { queue.begin { order.withLock { $0.append(number) } } }
        queue.finish { order.withLock { $0.append(100) } }
        #expect(order.withLock { $0 } == Array(0...100))
        #expect(await queue.run { 7 } == 7)
        await withCheckedContinuation { waiter in
            queue.begin(after: .milliseconds(5)) { waiter.resume() }
        }
    }

    @Test func whatWorkThrowsIsThrown() async {
        await #expect(throws: FileProblem.self) {
            try await WorkQueue.system("test").run { () throws(FileProblem) in
                try SystemFiles().syncFolder("/none")
            }
        }
    }

    @Test func drawsComeFromTheGivenSource() {
        let next = Atomic<UInt64>(0)
        let random = RandomSource { next.add(1, ordering: .relaxed).newValue }
        #expect(random.next() == 1 && random.next() == 2)
        #expect(RandomSource.system.next() != RandomSource.system.next())
    }
}
