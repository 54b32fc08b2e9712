/// The growth by which recent requests are kept: as if new ones weighed ever more, instead of old ones ever less, so
/// that silence costs nothing.
struct ShareClock: Codable, Sendable {
    /// Growth is 1 here.
    private var base = Time.zero

    /// After this long, an old request counts half as much as a new one.
    private static let halfLifeSeconds = 600.0
    /// Before weights grow beyond what a double holds they are brought back to a growth of 1.
    private static let mostDoublings = 500.0

    private func doublings(at now: Time) -> Double { (now - base) / Self.halfLifeSeconds }

    func growth(at now: Time) -> Double { halving(-doublings(at: now)) }

    /// The factor for all weights, where growth starts again from one.
    mutating func restartIfNeeded(at now: Time) -> Double? {
        let doublings = doublings(at: now)
        guard doublings > Self.mostDoublings else { return nil }
        base = now
        return halving(doublings)
    }
}
