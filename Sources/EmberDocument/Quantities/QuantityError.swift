/// Why a text is not a quantity: the reason, and how to write it properly.
public struct QuantityError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The reason and the fix, without the offending text, which may be secret.
    public let reason: String

    public init(_ reason: String) { self.reason = reason }

    public var description: String { reason }
}
