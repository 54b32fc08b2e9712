import EmberDocument
import Foundation

/// What a fit may give to one key or parameter: `memory.budget=100GB..400GB`, both ends with the same unit, or some
/// values, `workload.idle_pairs=0|2|4`.
public struct FitRange: Sendable {
    private enum Values: Sendable {
        case between(low: Double, high: Double, unit: String)
        case choices([String])
    }

    public let key: String
    private let values: Values

    public static let flag = "--vary"

    /// - Parameter flag: that the text was given with.
    public init(_ text: String, flag: String = FitRange.flag) throws(ScenarioError) {
        let place = Place(source: "flag \(flag)")
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        if parts.count == 2, !parts[0].isEmpty {
            if let values = Self.range(parts[1]) ?? Self.choices(parts[1]) {
                (key, self.values) = (parts[0], values)
                return
            }
        }
        throw ScenarioError(
            place,
            "\(Quotation.of(text)) is no range; write low..high such as memory.budget=1GB..4GB, or values such as "
                + "workload.idle_pairs=0|2|4")
    }

    private static func range(_ text: String) -> Values? {
        let pattern = #/(?<low>[0-9.eE+-]*[0-9])(?<unit>[A-Za-z]*)\.\.(?<high>[0-9.eE+-]*[0-9])(?<other>[A-Za-z]*)/#
        guard let match = try? pattern.wholeMatch(in: text), match.unit == match.other,
            let low = Double(match.low), let high = Double(match.high), low < high
        else { return nil }
        return .between(low: low, high: high, unit: String(match.unit))
    }

    private static func choices(_ text: String) -> Values? {
        let choices = text.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
        guard choices.count > 1, !choices.contains("") else { return nil }
        return .choices(choices)
    }

    /// Whether the values have no order that a search could follow.
    var isChoice: Bool { if case .choices = values { true } else { false } }

    /// The value at `share` of the way from the lower end, 0 to 1: evenly by ratio where both ends are above 0, with
    /// four digits; of several values the one in whose part the share lies.
    public func text(at share: Double) -> String {
        switch values {
        case .choices(let choices): return choices[min(choices.count - 1, Int(share * Double(choices.count)))]
        case .between(let low, let high, let unit):
            let value = Self.rounded(low > 0 ? low * pow(high / low, share) : low + (high - low) * share)
            let whole = value == value.rounded() && abs(value) < 1e15
            return (whole ? String(Int(value)) : String(value)) + unit
        }
    }

    private static func rounded(_ value: Double) -> Double {
        guard value != 0 else { return 0 }
        let scale = pow(10, 3 - log10(abs(value)).rounded(.down))
        return (value * scale).rounded() / scale
    }

    /// How far a value lies outside: the logarithm of its ratio to the nearer end, or the difference from it where the
    /// lower end is not above 0; 0 within, and where that cannot be said.
    func distance(of text: String) -> Double {
        guard case .between(let low, let high, let unit) = values, text.hasSuffix(unit),
            let value = Double(text.dropLast(unit.count))
        else { return 0 }
        if value >= low, value <= high { return 0 }
        let end = value < low ? low : high
        return low > 0 ? abs(log(max(value, low / 1e6) / end)) : abs(value - end)
    }
}
