import EmberSystem
import EmberTestSupport
import Synchronization
import Testing

/// Limits, alarms and tasks of a time that its test drives: nothing here waits for a real clock.
@Suite struct TimeSourceTests {
    private let clock = HandClock()
    private let executor = HandExecutor()

    private func run(_ seed: UInt64 = 1) {
        var random = SeededNumbers(seed: seed)
        executor.run(&random)
    }

    private struct Failure: Error {}

    private final class Numbers: Sendable {
        private let state = Mutex<[Int]>([])
        var all: [Int] { state.withLock { $0 } }
        func add(_ number: Int) { state.withLock { $0.append(number) } }
    }

    @Test func whatIsDoneInTimeIsTheValue() async throws {
        #expect(await clock.time().within(.seconds(1)) { 7 } == 7)
        await #expect(throws: Failure.self) { try await clock.time().within(.seconds(1)) { throw Failure() } }
    }

    @Test func whatIsTooLateIsCancelledAndHasEnded() async {
        let time = clock.time(on: executor)
        let isOver = Mutex(false)
        let wasCancelled = Mutex(false)
        let waiting = time.later {
            let value = await time.within(.seconds(10)) {
                try? await time.sleep(for: .seconds(3600))
                wasCancelled.withLock { $0 = Task.isCancelled }
                return 1
            }
            isOver.withLock { $0 = value == nil }
        }
        run()
        clock.advance(by: .seconds(9))
        run()
        #expect(clock.sleeping == 2 && !isOver.withLock { $0 })
        clock.advance(by: .seconds(1))
        run()
        await waiting.value
        #expect(isOver.withLock { $0 } && wasCancelled.withLock { $0 } && clock.sleeping == 0)
    }

    @Test func whoIsCancelledWaitsNoLonger() async {
        let time = clock.time(on: executor)
        let waiting = time.later { await time.within(.seconds(10)) { try? await time.sleep(for: .seconds(3600)) } }
        run()
        waiting.cancel()
        run()
        _ = await waiting.value
        #expect(clock.sleeping == 0)
    }

    @Test func anAlarmThatIsCancelledIsNotRung() async {
        let time = clock.time(on: executor)
        let rung = Numbers()
        let alarms = [60, 30].map { seconds in
            time.later(after: .seconds(seconds)) { rung.add(seconds) }
        }
        run()
        alarms[0].cancel()
        run()
        clock.advance(by: .seconds(60))
        run()
        for alarm in alarms { await alarm.value }
        #expect(rung.all == [30])
    }

    /// An alarm rings on time, but its task goes on only later: if it is cancelled in between, nothing is done.
    @Test func anAlarmThatIsCancelledOnWakingIsNotRung() async {
        let time = clock.time(on: executor)
        let isRung = Mutex(false)
        let alarm = time.later(after: .seconds(60)) { isRung.withLock { $0 = true } }
        run()
        clock.advance(by: .seconds(60))
        alarm.cancel()
        run()
        await alarm.value
        #expect(!isRung.withLock { $0 })
    }

    /// All that is begun by the source runs on its executor, the children of its tasks as well: so a seed decides the
    /// order of everything.
    @Test func theExecutorDecidesTheOrderOfTasks() async {
        func order(_ seed: UInt64) async -> [Int] {
            let time = clock.time(on: executor)
            let order = Numbers()
            let tasks = (0..<8).map { number in
                time.later {
                    await withTaskGroup(of: Void.self) { group in
                        for part in 0..<2 { group.addTask { order.add(2 * number + part) } }
                    }
                }
            }
            #expect(order.all.isEmpty && executor.waiting == 8)
            run(seed)
            for task in tasks { await task.value }
            return order.all
        }
        let first = await order(1)
        #expect(first.sorted() == Array(0..<16))
        #expect(await order(1) == first)
        var others: [[Int]] = []
        for seed in 2..<10 as Range<UInt64> { others.append(await order(seed)) }
        #expect(others.contains { $0 != first })
    }
}
