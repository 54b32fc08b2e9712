import Synchronization

/// Whether a connection's client is still there, also while nothing is read from or written to it.
final class ClientPresence: Sendable {
    private struct State {
        var isGone = false
        var isHalfClosed = false
        var whenGone: (@Sendable () -> Void)?
        var whenHalfClosed: (@Sendable (Ticket) -> Void)?
        /// The request whose answer is held back until it is whole.
        var wholeAnswer: Ticket?

        /// What is to be done once both are known: that the client has closed its side, and what it waits for.
        mutating func takeHalfClosing() -> (@Sendable () -> Void)? {
            guard isHalfClosed, let wholeAnswer, let action = whenHalfClosed.take() else { return nil }
            return { action(wholeAnswer) }
        }
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

    /// Runs `action` once the client has closed its side while it waits for a whole answer.
    func whenHalfClosed(_ action: @escaping @Sendable (Ticket) -> Void) {
        state.withLock { $0.whenHalfClosed = action }
    }

    /// The client gets no answer to this request before that is whole.
    func waits(for ticket: Ticket) {
        state.withLock { state in
            state.wholeAnswer = ticket
            return state.takeHalfClosing()
        }?()
    }

    func halfClosedNow() {
        state.withLock { state in
            state.isHalfClosed = true
            return state.takeHalfClosing()
        }?()
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
