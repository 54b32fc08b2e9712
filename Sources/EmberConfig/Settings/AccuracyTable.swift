import EmberCore
import EmberDocument

/// The keys of a model's `accuracy`.
enum AccuracyTable {
    static let section = Section<AccuracyDraft>(
        name: "accuracy", defaults: AccuracyDraft(),
        fields: [
            Field(
                "table", optional: \.table, .accuracyTable,
                example: [[0, 0.7], [1, 0.73], [4, 0.89]], "Measured pairs of examples and accuracy."
            ),
            Field(
                "zero_shot", optional: \.zeroShot, .number(0...1, "accuracy"), example: 0.4,
                "The accuracy without examples, of the bounded form.", FieldOptions(isOptionalInExample: true)
            ),
            Field(
                "gain", \.gain, .number(-1...1, "gain"), example: 0.07,
                "What the first example adds, of the bounded form.", FieldOptions(isOptionalInExample: true)
            ),
            Field(
                "alpha", \.alpha, .number(0...10, "exponent"), example: 1,
                "The exponent of the number of examples, of the bounded form.",
                FieldOptions(isOptionalInExample: true)
            ),
            Field(
                "weight", \.weight, .number(0...1_000_000_000, "cost"), example: 1,
                "The cost of one wrong answer.", FieldOptions(unit: "cost")
            ),
        ],
        exclusive: [["table", "zero_shot"], ["table", "gain"], ["table", "alpha"]]
    )
}

extension ValueType where Value == [AccuracyPoint] {
    /// A list of pairs with strictly increasing numbers of examples.
    static let accuracyTable: ValueType = {
        let numbers = ValueType<[[Double]]>.list(
            of: .list(of: .number(0...1_000_000_000, "number"), minimum: 2), minimum: 1
        )
        return ValueType("a list of pairs", schema: schema) { node, site, reading in
            guard let rows = numbers.read(node, site, &reading) else { return nil }
            if let problem = problem(of: rows) {
                reading.problems.report(node.place, site.path, "\(problem); write a list such as \(site.example)")
                return nil
            }
            return rows.map { AccuracyPoint(examples: $0[0], accuracy: $0[1]) }
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
