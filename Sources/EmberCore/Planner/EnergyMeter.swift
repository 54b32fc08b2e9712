/// The energy that the edge takes, compared with a budget: per slot, or over a window that slides with time.
///
/// The window is kept in pieces, and one that has begun to leave it still counts in full: the sum is never too small.
/// O(pieces), whatever the number of requests.
struct EnergyMeter: Codable, Sendable {
    private struct Spent: Codable {
        let piece: Int
        var joules: Double
    }

    private static let pieces = 30

    private let budget: Double
    /// Seconds of one piece; nil in slots, where everything is forgotten at the end of a slot.
    private let pieceSeconds: Double?
    /// What requests that run are expected to take, in joules.
    private var reserved = 0.0
    private var running = 0
    /// What has been spent, by piece; only those of the window are kept, the oldest first.
    private var spent: [Spent] = []

    /// Nil where the settings state no budget.
    init?(_ settings: PlannerSettings) {
        guard let budget = settings.energy.budget else { return nil }
        self.budget = budget
        pieceSeconds = settings.time.energyPieceSeconds(window: settings.energy.windowSeconds, pieces: Self.pieces)
    }

    /// Whether the budget has room for these joules.
    mutating func hasRoom(for joules: Double, at now: Time) -> Bool {
        forget(before: piece(at: now))
        return total + joules <= budget
    }

    private var total: Double { spent.reduce(reserved) { $0 + $1.joules } }

    mutating func reserve(_ joules: Double) {
        reserved += joules
        running += 1
    }

    /// A request that was expected to take these joules has ended.
    mutating func release(_ joules: Double) {
        running -= 1
        // Sums of what is taken off again leave crumbs.
        reserved = running == 0 ? 0 : reserved - joules
    }

    mutating func spend(_ joules: Double, at now: Time) {
        let piece = piece(at: now)
        // A machine that nothing is asked of is measured all the same.
        forget(before: piece)
        if spent.last?.piece == piece {
            spent[spent.count - 1].joules += joules
        } else {
            spent.append(Spent(piece: piece, joules: joules))
        }
    }

    mutating func endSlot() { spent.removeAll(keepingCapacity: true) }

    /// When next some of what was spent leaves the window; nil when nothing will by itself.
    func nextRelief(after now: Time) -> Time? {
        guard let pieceSeconds else { return nil }
        return spent.lazy
            .map { Time(seconds: Double($0.piece + Self.pieces + 1) * pieceSeconds) }
            .first { $0 > now }
    }

    private func piece(at now: Time) -> Int { pieceSeconds.map { Int(now.seconds / $0) } ?? 0 }

    private mutating func forget(before piece: Int) {
        guard pieceSeconds != nil else { return }
        while let oldest = spent.first, oldest.piece < piece - Self.pieces { spent.removeFirst() }
    }
}
