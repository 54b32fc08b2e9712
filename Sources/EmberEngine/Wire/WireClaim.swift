import Synchronization

/// Tells when an engine has nothing more to do with a request.
///
/// A request that is given up goes on for a while: the engine may not have read it yet, and notices the closed
/// connection only between two steps of its work. So with a claim only Ember's half of the connection is closed, and
/// the request is over once the engine has closed the other half.
public final class WireClaim: Sendable {
    private struct State {
        /// Connections on which the engine may still work for the request.
        var open = 0
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    public init() {}

    /// Whether the engine has ended its work, or was never asked for any.
    public var isSettled: Bool { state.withLock { $0.open == 0 } }

    /// Waits until the engine has ended its work, or has ended itself.
    public func settled() async {
        await withCheckedContinuation { waiter in
            let isSettled = state.withLock { state in
                if state.open > 0 { state.waiters.append(waiter) }
                return state.open == 0
            }
            if isSettled { waiter.resume() }
        }
    }

    func begin() { state.withLock { $0.open += 1 } }

    func end() {
        let waiters = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            state.open -= 1
            guard state.open == 0 else { return [] }
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }
}
