import EmberDocument

/// A share of an experiment's work: every `count`-th (point, seed), beginning with the `number`-th.
public struct Shard: Sendable, Hashable, Codable {
    /// From 1 to `count`.
    public let number: Int
    public let count: Int

    static let whole = Shard(number: 1, of: 1)
    /// More shards than this are refused.
    static let most = 1_000_000

    private init(number: Int, of count: Int) {
        self.number = number
        self.count = count
    }

    /// The shard of a text such as "3/16".
    public init(_ text: String) throws(ScenarioError) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
        guard parts.count == 2, let number = parts[0], let count = parts[1], (1...Self.most).contains(count),
            (1...count).contains(number)
        else {
            let fix = "write its number and how many there are, such as 3/16"
            throw ScenarioError(Place(source: "flag --shard"), "\(Quotation.of(text)) is no shard; \(fix)")
        }
        self.init(number: number, of: count)
    }

    /// Whether it is one that could be written; what is read from a file may not be.
    var isValid: Bool { (1...Self.most).contains(count) && (1...count).contains(number) }

    func unitCount(of all: Int) -> Int { (all - number + count) / count }

    func units(of all: Int) -> StrideTo<Int> { stride(from: number - 1, to: all, by: count) }
}

extension Shard: CustomStringConvertible {
    public var description: String { "\(number)/\(count)" }
}
