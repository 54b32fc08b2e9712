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
