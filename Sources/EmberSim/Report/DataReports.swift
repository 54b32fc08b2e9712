import EmberDocument

extension Comparison {
    /// The comparison as JSON: one row a policy, every measure with its standard deviation as a ".sd" twin.
    public var json: String { document.jsonText() + "\n" }

    var document: JSONValue {
        let rows = rows.map { row in
            JSONValue.object(
                [JSONValue.Member(key: "policy", value: .string(row.policy))]
                    + Measure.allCases.flatMap { measure in
                        [
                            JSONValue.Member(key: measure.rawValue, value: .number(row.mean(measure))),
                            JSONValue.Member(key: measure.rawValue + ".sd", value: .number(row.deviation(measure))),
                        ]
                    })
        }
        return .object(["scenario": .string(scenario), "seeds": .integer(seeds), "rows": .array(rows)])
    }

    /// The comparison as CSV: a line a policy, the columns as the keys of `json`.
    public var csv: String {
        let header = ["policy"] + Measure.allCases.flatMap { [$0.rawValue, $0.rawValue + ".sd"] }
        let lines = rows.map { row in
            [row.policy] + Measure.allCases.flatMap { ["\(row.mean($0))", "\(row.deviation($0))"] }
        }
        return ([header] + lines).map { $0.joined(separator: ",") + "\n" }.joined()
    }
}
