/// Why a running engine is no more.
public struct EngineExit: Sendable, CustomStringConvertible {
    public enum Kind: Sendable, Equatable {
        /// Ember asked for it.
        case stopped
        /// It answered no health probe for so long that it was killed.
        case hung
        /// It ended by itself, or was killed from outside.
        case died
    }

    public let kind: Kind
    public let reason: ExitReason

    /// One line, such as "died: exited with code 1".
    public var description: String { "\(kind): \(reason)" }
}
