/// How far restored conversations of one service have been used, as far as their engines have said.
struct StateTrust: Sendable {
    /// The mean part that was used, from 0 to 1: what such a state is worth.
    private(set) var yield = 1.0
    private var shortfalls = 0

    private static let weight = 0.25
    /// After this number in a row, such states are saved and restored no more.
    private static let mostShortfalls = 3

    var isLost: Bool { shortfalls >= Self.mostShortfalls }

    /// An engine has reused that many tokens of those that were expected.
    ///
    /// - Returns: whether the trust is lost by this one.
    mutating func note(reused: Int, of expected: Int) -> Bool {
        guard expected > 0, !isLost else { return false }
        yield += Self.weight * (min(Double(reused) / Double(expected), 1) - yield)
        shortfalls = Double(reused) < 0.9 * Double(expected) ? shortfalls + 1 : 0
        return isLost
    }
}
