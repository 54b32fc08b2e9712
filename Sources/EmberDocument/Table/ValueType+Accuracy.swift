extension ValueType where Value == [[Double]] {
    /// A measured accuracy table: a list of pairs [examples, accuracy] with strictly increasing numbers of examples.
    package static let accuracyTable: ValueType = {
        let numbers = ValueType<[[Double]]>.list(
            of: .list(of: .number(0...1_000_000_000, "number"), minimum: 2), minimum: 1
        )
        return ValueType("a list of pairs", schema: schema) { node, site, reading in
            guard let rows = numbers.read(node, site, &reading) else { return nil }
            if let problem = problem(of: rows) {
                reading.problems.report(node.place, site.path, "\(problem); write a list such as \(site.example)")
                return nil
            }
            return rows
        }
    }()

    private static let schema = JSONValue.object([
        "type": "array", "minItems": 1,
        "items": .object([
            "type": "array", "minItems": 2, "maxItems": 2, "items": .orEnvironment(.object(["type": "number"])),
        ]),
    ])

    private static func problem(of rows: [[Double]]) -> String? {
        if rows.contains(where: { $0.count != 2 }) { return "has a row that is no pair [examples, accuracy]" }
        if rows.contains(where: { $0[1] > 1 }) { return "has an accuracy above 1" }
        let isIncreasing = zip(rows, rows.dropFirst()).allSatisfy { $0[0] < $1[0] }
        return isIncreasing ? nil : "has numbers of examples that do not increase from row to row"
    }
}
