import Testing

@testable import EmberServer

@Suite struct InlineExecutorTests {
    private actor Counter {
        private nonisolated let executor = InlineExecutor()
        nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

        private var isEntered = false
        private(set) var count = 0
        private(set) var order: [Int] = []

        func add() {
            #expect(!isEntered)
            isEntered = true
            count += 1
            isEntered = false
        }

        /// Its own tasks run behind what runs.
        func addLater() async {
            let later = Task { order.append(2) }
            order.append(1)
            await later.value
            order.append(3)
        }

        func addAfterWaiting() async {
            add()
            await Task.yield()
            add()
        }
    }

    @Test func oneJobRunsAtATime() async {
        let counter = Counter()
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    for _ in 0..<100 { await counter.add() }
                    await counter.addAfterWaiting()
                }
            }
        }
        #expect(await counter.count == 50 * 102)
    }

    @Test func aTaskOfItsOwnWaitsForTheJobThatBeginsIt() async {
        let counter = Counter()
        await counter.addLater()
        #expect(await counter.order == [1, 2, 3])
    }

    /// The last reference to an actor is often given up by its own last job, and the executor goes with it.
    @Test func itOutlivesAnActorThatEndsWithItsLastJob() async {
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<20_000 {
                group.addTask {
                    let counter = Counter()
                    Task { await counter.addAfterWaiting() }
                }
            }
        }
    }
}
