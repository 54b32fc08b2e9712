import EmberDocument
import Foundation

/// What a fit may give to one key or parameter: `memory.budget=100GB..400GB`, both ends with the same unit.
public struct FitRange: Sendable {
    public let key: String
    let low: Double
    let high: Double
    private let unit: String

    static let flag = "--vary"

    public init(_ text: String) throws(ScenarioError) {
        let place = Place(source: "flag \(Self.flag)")
        let pattern =
            #/(?<key>[^=]+)=(?<low>[0-9.eE+-]*[0-9])(?<unit>[A-Za-z]*)\.\.(?<high>[0-9.eE+-]*[0-9])(?<other>[A-Za-z]*)/#
        guard let match = try? pattern.wholeMatch(in: text), match.unit == match.other,
            let low = Double(match.low), let high = Double(match.high), low < high
        else {
            throw ScenarioError(
                place, "\(Quotation.of(text)) is no range; write low..high such as memory.budget=1GB..4GB")
        }
        (key, self.low, self.high, unit) = (String(match.key), low, high, String(match.unit))
    }

    /// The value at `share` of the way from the lower end, 0 to 1: evenly by ratio where both ends are above 0. Four
    /// digits.
    func value(at share: Double) -> Double {
        let value = low > 0 ? low * pow(high / low, share) : low + (high - low) * share
        guard value != 0 else { return 0 }
        let scale = pow(10, 3 - log10(abs(value)).rounded(.down))
        return (value * scale).rounded() / scale
    }

    /// As it is written after the key.
    func text(_ value: Double) -> String {
        let whole = value == value.rounded() && abs(value) < 1e15
        return (whole ? String(Int(value)) : String(value)) + unit
    }
}
