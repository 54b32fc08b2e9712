import Synchronization

/// Whether a connection's client is still there, also while nothing is read from or written to it.
final class ClientPresence: Sendable {
    private struct State {
        var isGone = false
        var whenGone: (@Sendable () -> Void)?
    }
    private let state = Mutex(State())

    /// Runs `action` once the client is gone; at once if it already is.
    func whenGone(_ action: @escaping @Sendable () -> Void) {
        let isGone = state.withLock { state in
            if !state.isGone { state.whenGone = action }
            return state.isGone
        }
        if isGone { action() }
    }

    func goneNow() {
        let action = state.withLock { state in
            state.isGone = true
            defer { state.whenGone = nil }
            return state.whenGone
        }
        action?()
    }
}
