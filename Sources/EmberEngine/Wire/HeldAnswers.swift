import Synchronization

/// How many bytes of whole answers are held back together, until each is complete and has been passed on.
public final class HeldAnswers: Sendable {
    private let limit: Int
    private let bytes = Mutex(0)

    /// Shorter answers do not count: they are held for a moment only.
    private static let smallest = 64 << 10

    /// - Parameter limit: in bytes.
    public init(limit: Int = 64 << 20) { self.limit = limit }

    /// Of all that are held now.
    var count: Int { bytes.withLock { $0 } }

    /// Whether an answer of this many bytes may be held back; where it may, it counts as long as what `.held` has is
    /// kept.
    public func hold(_ count: Int) -> Place {
        guard count > Self.smallest else { return .held(nil) }
        let hasRoom = bytes.withLock { bytes in
            guard bytes + count <= limit else { return false }
            bytes += count
            return true
        }
        return hasRoom ? .held(HeldAnswer(self, count)) : .noRoom
    }

    public enum Place: Sendable {
        case held(HeldAnswer?)
        /// It is passed on piece by piece instead.
        case noRoom
    }

    fileprivate func giveBack(_ count: Int) { bytes.withLock { $0 -= count } }
}

/// One answer's bytes among those that are held back; they are given back when this is let go of.
public final class HeldAnswer: Sendable {
    private let all: HeldAnswers
    private let count: Int

    fileprivate init(_ all: HeldAnswers, _ count: Int) {
        self.all = all
        self.count = count
    }

    deinit { all.giveBack(count) }
}
