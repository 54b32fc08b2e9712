import EmberDocument

/// A key of a scenario, by its path, with a value from outside of the file: `memory.budget=100GB`,
/// `models.p15.memory=90GB`.
public struct Setting: Sendable, Hashable, Codable {
    public let key: String
    public let value: String
    /// The flag that it comes from, for messages.
    public let flag: String

    public init(key: String, value: String, flag: String) {
        self.key = key
        self.value = value
        self.flag = flag
    }

    /// The setting of a flag's text.
    public init(_ text: String, flag: String) throws(ScenarioError) {
        let (key, value) = try Self.split(text, flag: flag, example: "memory.budget=100GB")
        self.init(key: key, value: value, flag: flag)
    }

    var place: Place { Place(source: "flag \(flag)") }

    /// The key before the first "=" and what comes after it; the example shows how to write it.
    static func split(_ text: String, flag: String, example: String) throws(ScenarioError) -> (String, String) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let names = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, names.count <= DocumentLimits.depth, !names.contains("") else {
            let fix = "write a key, \"=\" and a value such as \(example)"
            throw ScenarioError(Place(source: "flag \(flag)"), "\(Quotation.of(text)) sets nothing; \(fix)")
        }
        return (parts[0], parts[1])
    }
}

extension Setting: CustomStringConvertible {
    public var description: String { "\(key)=\(value)" }
}
