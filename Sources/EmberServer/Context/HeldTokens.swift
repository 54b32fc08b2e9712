import EmberCore
import EmberEngine
import Synchronization

/// How many tokens the free slots of an engine hold, on its way from the slots to the planner, which counts the tokens
/// of scarce pools.
///
/// Only the coordinator takes the number, and always the latest one: so no older one comes after it.
final class HeldTokens: Sendable {
    let engine: any ResidentEngine
    let instance: InstanceID
    private let state = Mutex((latest: 0, taken: 0))

    init(_ engine: any ResidentEngine, _ instance: InstanceID) {
        (self.engine, self.instance) = (engine, instance)
    }

    func set(_ tokens: Int) { state.withLock { $0.latest = tokens } }

    /// Whether the number is another than the one that was taken last.
    var hasChanged: Bool { state.withLock { $0.latest != $0.taken } }

    /// nil: it is the one that was taken last.
    func take() -> Int? {
        state.withLock { state in
            guard state.latest != state.taken else { return nil }
            state.taken = state.latest
            return state.latest
        }
    }
}
