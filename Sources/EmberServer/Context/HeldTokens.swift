import EmberCore
import EmberEngine
import EmberSystem
import Synchronization

/// How many tokens the free slots of an engine hold, on its way from the slots to the planner, which counts the tokens
/// of scarce pools.
///
/// Only the coordinator takes the number, and always the latest one: so no older one comes after it.
final class HeldTokens: Sendable {
    /// Has the coordinator take the number.
    typealias Report = @Sendable (HeldTokens) async -> Void

    let engine: any ResidentEngine
    private let instance: InstanceID
    private let report: Report
    private let state = Mutex((latest: 0, taken: 0))

    init(_ engine: any ResidentEngine, _ instance: InstanceID, report: @escaping Report) {
        (self.engine, self.instance, self.report) = (engine, instance, report)
    }

    func set(_ tokens: Int) { state.withLock { $0.latest = tokens } }

    /// Whether the number is another than the one that was taken last.
    var hasChanged: Bool { state.withLock { $0.latest != $0.taken } }

    /// Has it taken by a task of its own.
    func tell(_ time: TimeSource) { time.later { [self] in await report(self) } }

    /// Has the planner know it, unless it does.
    func give(to coordinator: isolated Coordinator) {
        guard coordinator.engines[instance].engine === engine, let tokens = take() else { return }
        coordinator.handle(.tokensHeld(instance, tokens))
    }

    /// nil: it is the one that was taken last.
    func take() -> Int? {
        state.withLock { state in
            guard state.latest != state.taken else { return nil }
            state.taken = state.latest
            return state.latest
        }
    }
}
