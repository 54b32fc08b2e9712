import EmberDocument

extension Comparison {
    /// The comparison as JSON: one row a policy, every measure with its standard deviation as a ".sd" twin.
    public var json: String {
        let rows = rows.map { row in
            JSONValue.object(
                [JSONValue.Member(key: "policy", value: .string(row.policy))]
                    + measures.flatMap { measure in
                        [
                            JSONValue.Member(key: measure.rawValue, value: .number(row.mean(measure))),
                            JSONValue.Member(key: measure.rawValue + ".sd", value: .number(row.deviation(measure))),
                        ]
                    })
        }
        let document = JSONValue.object([
            "scenario": .string(scenario), "seeds": .integer(seeds), "rows": .array(rows),
        ])
        return document.jsonText() + "\n"
    }

    /// The comparison as CSV: a line a policy, the columns as the keys of `json`.
    public var csv: String {
        let header = ["policy"] + measures.flatMap { [$0.rawValue, $0.rawValue + ".sd"] }
        let lines = rows.map { row in
            [row.policy] + measures.flatMap { ["\(row.mean($0))", "\(row.deviation($0))"] }
        }
        return ([header] + lines).map { $0.joined(separator: ",") + "\n" }.joined()
    }
}
