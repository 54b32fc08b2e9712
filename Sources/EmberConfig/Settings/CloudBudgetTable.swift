import EmberDocument

/// The keys of `budget`, of all services together or of one.
enum CloudBudgetTable {
    static let section = Section<CloudBudgetConfiguration>(
        name: "budget", defaults: CloudBudgetConfiguration(),
        fields: [
            Field(
                "day", optional: \.day, .number(0...1e12, "amount of money"), example: 2,
                "What may be spent in the cloud in a day of UTC.",
                FieldOptions(unit: "money, as the prices", defaultNote: "no bound", isOptionalInExample: true)
            ),
            Field(
                "month", optional: \.month, .number(0...1e12, "amount of money"), example: 20,
                "What may be spent in the cloud in a month of UTC.",
                FieldOptions(unit: "money, as the prices", defaultNote: "no bound", isOptionalInExample: true)
            ),
        ]
    )
}

/// The keys of an upstream's `prices`.
enum PriceTable {
    static let section = Section<PriceConfiguration>(
        name: "prices", defaults: PriceConfiguration(),
        fields: [
            Field(
                "input", optional: \.input, .number(0...1e9, "price"), example: 0.15,
                "The price of a million tokens of prompts.",
                FieldOptions(unit: "money", defaultNote: "nothing", isOptionalInExample: true)
            ),
            Field(
                "output", optional: \.output, .number(0...1e9, "price"), example: 0.6,
                "The price of a million tokens of answers.",
                FieldOptions(unit: "money", defaultNote: "nothing", isOptionalInExample: true)
            ),
            Field(
                "max_tokens", \.maxTokens, .integer(1...10_000_000, "number of tokens"), example: 4096,
                "The most tokens of an answer, if the request sets no bound.", FieldOptions(unit: "tokens")
            ),
            Field(
                "max_input_tokens", \.maxInputTokens, .integer(1...10_000_000, "number of tokens"), example: 128_000,
                "The most tokens of a prompt that refers to data outside the request, such as a picture's address.",
                FieldOptions(unit: "tokens", isOptionalInExample: true)
            ),
        ]
    )
}
