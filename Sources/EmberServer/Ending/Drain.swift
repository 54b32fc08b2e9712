import Synchronization

/// Whether Ember has begun to end: nothing new is taken in, what runs may finish.
public final class Drain: Sendable {
    private let begun = Atomic(false)

    public init() {}

    public var hasBegun: Bool { begun.load(ordering: .relaxed) }

    /// False where it had begun already.
    func begin() -> Bool { !begun.exchange(true, ordering: .relaxed) }
}
