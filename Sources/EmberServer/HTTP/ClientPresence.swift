import Synchronization

/// Whether a connection's client is still there, also while nothing is read from or written to it.
final class ClientPresence: Sendable {
    private struct State {
        var isGone = false
        var isHalfClosed = false
        var whenGone: (@Sendable () -> Void)?
        var whenHalfClosed: (@Sendable () -> Void)?
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

    /// Whether the client sends no more, and may have gone: only what is written to it can show that.
    var isHalfClosed: Bool { state.withLock { $0.isHalfClosed } }

    /// Runs `action` once the client has closed its side while an answer is owed to it.
    func whenHalfClosed(_ action: @escaping @Sendable () -> Void) { state.withLock { $0.whenHalfClosed = action } }

    func halfClosedNow() {
        let action = state.withLock { state in
            state.isHalfClosed = true
            return state.whenHalfClosed.take()
        }
        action?()
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
