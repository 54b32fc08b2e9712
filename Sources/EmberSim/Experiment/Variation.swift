import EmberDocument
import Foundation

/// The values that a sweep gives to one key: `memory.budget=100GB,200GB`, or `memory.budget=100GB..400GB:4` for four
/// evenly apart.
public struct Variation: Sendable, Hashable, Codable {
    public let key: String
    public let values: [String]

    static let flag = "--vary"
    private static let longest = 10_000

    public init(_ text: String) throws(ScenarioError) {
        let (key, list) = try Setting.split(text, flag: Self.flag, example: "memory.budget=100GB,200GB")
        self.key = key
        values = try Self.range(list, in: text) ?? list.split(separator: ",").map(String.init)
        guard !values.isEmpty else { throw Self.error(text, "has no value; write some such as \(key)=1,2") }
        guard Set(values).count == values.count else { throw Self.error(text, "has a value twice; remove one") }
    }

    func setting(_ index: Int) -> Setting { Setting(key: key, value: values[index], flag: Self.flag) }

    /// `FIRST..LAST:COUNT`, both with the same unit; nil for anything else. Decimal, so that 0..1.2:4 has 0.4 in it.
    private static func range(_ list: String, in text: String) throws(ScenarioError) -> [String]? {
        let pattern =
            /(?<first>-?[0-9.]*[0-9])(?<unit>[A-Za-z]*)\.\.(?<last>-?[0-9.]*[0-9])(?<other>[A-Za-z]*):(?<count>[0-9]+)/
        guard let match = try? pattern.wholeMatch(in: list), match.unit == match.other,
            let first = Decimal(string: String(match.first)), let last = Decimal(string: String(match.last))
        else {
            guard !list.contains("..") else {
                throw error(text, "is no range; write first..last:count such as 100GB..400GB:4")
            }
            return nil
        }
        guard let count = Int(match.count), (2...longest).contains(count) else {
            throw error(text, "has a bad number of values; write one from 2 to \(longest)")
        }
        return (0..<count).map { index in
            var exact = (first * Decimal(count - 1 - index) + last * Decimal(index)) / Decimal(count - 1)
            var rounded = Decimal()
            NSDecimalRound(&rounded, &exact, 12, .plain)
            return "\(rounded)\(match.unit)"
        }
    }

    private static func error(_ text: String, _ message: String) -> ScenarioError {
        ScenarioError(Place(source: "flag \(flag)"), "\(Quotation.of(text)) \(message)")
    }
}

/// Every combination of the variations' values, the last one changing fastest; one empty combination for none.
struct Grid {
    let variations: [Variation]

    /// A sweep of more points than this is refused: every point's scenario is held in memory.
    static let largest = 10_000

    /// Nil when there are too many.
    var count: Int? {
        var count = 1
        for variation in variations {
            count = count.multipliedReportingOverflow(by: variation.values.count).partialValue
            guard (1...Self.largest).contains(count) else { return nil }
        }
        return count
    }

    /// By variation, which of its values the point has.
    func indices(of point: Int) -> [Int] {
        var rest = point
        let indices = variations.reversed().map { variation in
            defer { rest /= variation.values.count }
            return rest % variation.values.count
        }
        return indices.reversed()
    }

    func settings(of point: Int) -> [Setting] {
        zip(variations, indices(of: point)).map { $0.setting($1) }
    }
}
