package import EmberSystem
import Synchronization

/// A clock that goes on only when its test says so: hours pass in no time, and those who sleep wake in their order.
package final class HandClock: Sendable {
    private struct Sleeper {
        let number: Int
        let end: TimeSource.Instant
        let waiter: CheckedContinuation<Bool, Never>
    }

    private struct State {
        var now = ContinuousClock.now
        var sleepers: [Sleeper] = []
        var began = 0
    }

    private let state = Mutex(State())

    package init() {}

    /// - Parameter executor: runs what is done later.
    package func time(on executor: (any TaskExecutor)? = nil) -> TimeSource {
        TimeSource(
            wall: { 1_000_000 }, steady: { self.now }, wait: { try await self.sleep(until: $0) }, executor: executor)
    }

    package var now: TimeSource.Instant { state.withLock { $0.now } }
    /// How many sleep now.
    package var sleeping: Int { state.withLock { $0.sleepers.count } }

    /// Wakes those whose time has come, the earliest first.
    package func advance(by duration: Duration) {
        let due = state.withLock { state in
            state.now += duration
            let due = state.sleepers.filter { $0.end <= state.now }.sorted { ($0.end, $0.number) < ($1.end, $1.number) }
            state.sleepers.removeAll { $0.end <= state.now }
            return due
        }
        for sleeper in due { sleeper.waiter.resume(returning: true) }
    }

    private func sleep(until end: TimeSource.Instant) async throws {
        let number = state.withLock { state in
            state.began += 1
            return state.began
        }
        let isAwake = await withTaskCancellationHandler {
            await withCheckedContinuation { (waiter: CheckedContinuation<Bool, Never>) in
                let isOver: Bool? = state.withLock { state in
                    if Task.isCancelled { return false }
                    if end <= state.now { return true }
                    state.sleepers.append(Sleeper(number: number, end: end, waiter: waiter))
                    return nil
                }
                if let isOver { waiter.resume(returning: isOver) }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                state.sleepers.firstIndex { $0.number == number }.map { state.sleepers.remove(at: $0).waiter }
            }
            waiter?.resume(returning: false)
        }
        if !isAwake { throw CancellationError() }
    }
}
