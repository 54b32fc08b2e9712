import Synchronization

/// How far Ember has ended, for all who ask, on every thread.
public final class Drain: Sendable {
    private enum Stage: UInt8 {
        case serving
        /// Nothing new is taken in; what runs may finish.
        case draining
        /// What still runs is cut off: its failures are Ember's doing.
        case ending
        /// Engines are stopped, and the planner decides no more.
        case over
    }

    private let stage = Atomic(Stage.serving.rawValue)

    public init() {}

    /// Whether nothing new is taken in.
    public var hasBegun: Bool { stage.load(ordering: .relaxed) >= Stage.draining.rawValue }

    var isEnding: Bool { stage.load(ordering: .relaxed) >= Stage.ending.rawValue }
    var isOver: Bool { stage.load(ordering: .relaxed) >= Stage.over.rawValue }

    /// False where it had begun already.
    func begin() -> Bool { advance(to: .draining) }

    func beginEnding() { advance(to: .ending) }

    func end() { advance(to: .over) }

    /// Never goes back.
    @discardableResult
    private func advance(to next: Stage) -> Bool {
        stage.max(next.rawValue, ordering: .relaxed).oldValue < next.rawValue
    }
}
