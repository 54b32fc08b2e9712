import EmberSystem
import Synchronization

/// The operator's orders to read the configuration again, as by a signal. Several that come during one reload are one.
public final class ReloadOrders: Sendable {
    private struct State {
        var given = 0
        /// Fulfilled with the next order.
        var next = Promise<Void>()
    }

    private let state = Mutex(State())

    public init() {}

    public func give() {
        state.withLock { state in
            state.given += 1
            defer { state.next = Promise() }
            return state.next
        }.fulfil(())
    }

    /// Waits for an order after the first `seen` ones.
    ///
    /// - Returns: how many have been given; nil as soon as the waiting task is cancelled.
    func after(_ seen: Int) async -> Int? {
        let (given, next) = state.withLock { ($0.given, $0.next) }
        if given > seen { return given }
        guard await next.valueUnlessCancelled() != nil else { return nil }
        return state.withLock { $0.given }
    }
}
