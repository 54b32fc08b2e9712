import EmberDocument

extension Comparison {
    /// The comparison as JSON: one row a policy, every measure with its standard deviation as a ".sd" twin; null
    /// for what a row has not.
    public var json: String { document.jsonText() + "\n" }

    var document: JSONValue {
        let rows = rows.map { row in
            JSONValue.object(
                [JSONValue.Member(key: "policy", value: .string(row.policy))]
                    + measures.flatMap { measure in
                        let (name, isKnown) = (measure.rawValue, row.has(measure))
                        return [
                            JSONValue.Member(key: name, value: isKnown ? .number(row.mean(measure)) : .null),
                            JSONValue.Member(
                                key: "\(name).sd", value: isKnown ? .number(row.deviation(measure)) : .null),
                        ]
                    })
        }
        return .object(["scenario": .string(scenario), "seeds": .integer(seeds), "rows": .array(rows)])
    }

    /// The comparison as CSV: a line a policy, the columns as the keys of `json`; empty for what a row has not.
    public var csv: String {
        let header = ["policy"] + measures.flatMap { [$0.rawValue, $0.rawValue + ".sd"] }
        let lines = rows.map { row in
            [row.policy] + measures.flatMap { row.has($0) ? ["\(row.mean($0))", "\(row.deviation($0))"] : ["", ""] }
        }
        return ([header] + lines).map { $0.joined(separator: ",") + "\n" }.joined()
    }
}
