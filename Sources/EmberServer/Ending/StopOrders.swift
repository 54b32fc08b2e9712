import EmberSystem

/// The operator's orders to end: the first one lets what runs finish, the second one does not.
public final class StopOrders: Sendable {
    enum Order: Sendable { case drain, endNow }

    private let first = Promise<Void>()
    private let second = Promise<Void>()

    public init() {}

    /// Gives one more order.
    ///
    /// - Returns: whether it is the second one, or a later one.
    @discardableResult
    public func give() -> Bool {
        guard first.valueIfKnown != nil else {
            first.fulfil(())
            return false
        }
        second.fulfil(())
        return true
    }

    var isEndNow: Bool { second.valueIfKnown != nil }

    /// Waits for the first order; false as soon as the waiting task is cancelled.
    func comes(_ order: Order) async -> Bool {
        let promise =
            switch order {
            case .drain: first
            case .endNow: second
            }
        return await promise.valueUnlessCancelled() != nil
    }
}
