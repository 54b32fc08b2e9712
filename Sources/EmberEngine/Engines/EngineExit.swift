public import EmberSystem

/// Why a running engine is no more.
public struct EngineExit: Sendable, CustomStringConvertible {
    public enum Kind: Sendable, Equatable {
        /// Ember asked for it.
        case stopped
        /// It answered no health probe for so long that it was killed.
        case hung
        /// It took more memory than it can have, and was killed.
        case overBudget
        /// It ended by itself, or was killed from outside.
        case died
    }

    public let kind: Kind
    public let reason: ExitReason

    /// Of one that took more memory than it can have.
    public static let overBudget = EngineExit(
        kind: .overBudget, reason: ExitReason(cause: .signalled(9), lastLines: []))

    /// One line, such as "died: exited with code 1".
    public var description: String { "\(kind): \(reason)" }
}
