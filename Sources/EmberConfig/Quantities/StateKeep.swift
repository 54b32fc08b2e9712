import EmberDocument

/// How long the saved KV states of conversations are kept: a duration, `none` (nothing is saved) or `unlimited`.
public struct StateKeep: Hashable, Sendable, Comparable {
    /// 0: nothing is saved; infinite: no limit.
    public let seconds: Double

    public static let none = StateKeep(seconds: 0)
    public static let unlimited = StateKeep(seconds: .infinity)

    public init(seconds: Double) { self.seconds = max(0, seconds) }

    public static func < (one: StateKeep, other: StateKeep) -> Bool { one.seconds < other.seconds }

    static func parse(_ text: String) throws(QuantityError) -> StateKeep {
        switch text {
        case "none": return .none
        case "unlimited": return .unlimited
        default:
            let seconds = try DurationFormat.parse(text)
            // Zero means "nothing" to some and "for ever" to others.
            guard seconds > 0 else { throw QuantityError("is ambiguous: nothing or without limit?") }
            return StateKeep(seconds: seconds)
        }
    }

    /// `parse` gives the same back.
    var text: String {
        if self == .none { return "none" }
        return self == .unlimited ? "unlimited" : DurationFormat.format(seconds)
    }
}
