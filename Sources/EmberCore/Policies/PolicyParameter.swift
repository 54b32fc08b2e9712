/// A number of a policy that users may change by its name, as in `regret-forecast:horizon=20`.
public struct PolicyParameter: Sendable {
    public let name: String
    public let defaultValue: Double
    public let range: ClosedRange<Double>
    /// What it means, with its unit.
    public let summary: String

    public init(_ name: String, _ defaultValue: Double, in range: ClosedRange<Double>, _ summary: String) {
        self.name = name
        self.defaultValue = defaultValue
        self.range = range
        self.summary = summary
    }

    /// One that switches an ingredient off, to see what it is worth.
    static func ingredient(_ name: String, _ summary: String) -> PolicyParameter {
        PolicyParameter(name, 1, in: 0...1, "\(summary); 0 leaves it out")
    }
}

/// What a policy's parameters are set to.
public struct PolicyValues: Sendable {
    private var values: [String: Double] = [:]

    init(_ parameters: [PolicyParameter]) {
        for parameter in parameters { values[parameter.name] = parameter.defaultValue }
    }

    /// The value of a parameter that the policy declares.
    public subscript(name: String) -> Double {
        get {
            guard let value = values[name] else { preconditionFailure("no parameter \(name)") }
            return value
        }
        set { values[name] = newValue }
    }

    /// Whether an ingredient is there.
    func has(_ name: String) -> Bool { self[name] > 0 }
}

/// Why a text names no policy.
public struct PolicyError: Error, Sendable, Equatable, CustomStringConvertible {
    public let description: String
    init(_ description: String) { self.description = description }
}

extension PolicyEntry {
    /// The policy with other values, as written after its name: `horizon=20:regret=0`.
    func with(_ settings: some Sequence<Substring>) throws(PolicyError) -> PolicyEntry {
        var entry = self
        for setting in settings {
            let parts = setting.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let parameter = parameters.first(where: { $0.name == parts[0] }) else {
                let known = parameters.map(\.name).joined(separator: ", ")
                throw PolicyError(
                    "policy \(name) has no parameter \"\(parts[0].prefix(50))\"; "
                        + (known.isEmpty ? "it has none" : "it has \(known)"))
            }
            guard parts.count == 2, let value = Double(parts[1]), parameter.range.contains(value) else {
                throw PolicyError(
                    "policy \(name), \(parameter.name): \"\(parts.dropFirst().joined().prefix(50))\" is no number from "
                        + "\(parameter.range.lowerBound) to \(parameter.range.upperBound); "
                        + "write one such as \(name):\(parameter.name)=\(parameter.defaultValue)")
            }
            entry.values[parameter.name] = value
        }
        return entry
    }
}
