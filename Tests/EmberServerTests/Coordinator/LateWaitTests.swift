import EmberCore
import Foundation
import NIOPosix
import Testing

@testable import EmberServer

/// A task that prefers an executor lets others onto the coordinator whenever it enters an asynchronous function, even
/// one of the coordinator's own. What they do there, between a look and the wait that follows it, must reach the task.
@Suite struct LateWaitTests {
    @Test(arguments: 0..<10) func anOutcomeIsHeard(turns: Int) async throws {
        let station = try Station([edgeModel("m")])
        _ = station.starter.holdNextStart(of: "m")
        let ticket = await station.admit("m").ticket
        let outcome = await wait(station) {
            await $0.outcome(of: ticket)
        } after: { turn, coordinator in
            // With the planner, which would refuse it once more after its time in the queue, long after the test.
            if turn == turns { coordinator.refuseAtEnd(ticket.request, because: .requestCancelled(ticket.request)) }
        }
        #expect(outcome.refusal != nil)
    }

    @Test(arguments: 0..<10) func theEndOfALoadIsHeard(turns: Int) async throws {
        let station = try Station([edgeModel("m")])
        _ = station.starter.holdNextStart(of: "m")
        let id = station.id("m")
        let result = await wait(station) {
            await $0.within { await $0.engines.changes.awaitChange(.load, of: id, within: 5, for: $0) }
        } after: { turn, coordinator in
            if turn == turns { coordinator.engines.didFailToLoad(InstanceID(0), because: "it was", for: coordinator) }
        }
        switch try #require(result) {
        case .failure(let refusal): #expect(refusal.message.contains("it was."))
        // It had failed before this was asked for, and is loaded once more.
        case .success(let change): #expect(!change.isDone)
        }
    }

    /// Runs `waiting` on the coordinator, and `other` in between, whenever it lets others on: with the number of that
    /// turn.
    ///
    /// - Returns: nil where the waiting does not end.
    private func wait<Value: Sendable>(
        _ station: Station, for waiting: @escaping @Sendable (Coordinator) async -> Value,
        after other: @escaping @Sendable (Int, isolated Coordinator) -> Void
    ) async -> Value? {
        let thread = EventLoopExecutor(MultiThreadedEventLoopGroup.singleton.next())
        let waiter = await station.coordinator.within { coordinator in
            let waiter = Task(executorPreference: thread) { await waiting(coordinator) }
            // While this keeps the coordinator busy, both line up before it. Where one is late, the test shows less.
            usleep(20_000)
            Task {
                await coordinator.within { coordinator in
                    for turn in 0..<12 {
                        other(turn, coordinator)
                        await Task.yield()
                    }
                }
            }
            usleep(20_000)
            return waiter
        }
        return await value { await waiter.value }
    }
}
