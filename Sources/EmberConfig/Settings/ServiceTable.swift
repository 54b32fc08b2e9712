import EmberDocument

/// The keys of a service.
enum ServiceTable {
    static let section = Section<ServiceConfiguration>(
        name: "service", defaults: ServiceConfiguration(),
        fields: [
            Field(
                "vanishing", \.vanishingPerSecond, .number(0...1_000_000, "number of examples per second"),
                example: 0.01, "The context value lost per second.", FieldOptions(unit: "examples/s")
            ),
            Field(
                "demonstration", \.demonstrationTokens, .number(1...1_000_000, "number of tokens"), example: 100,
                "The size of one demonstration.", FieldOptions(unit: "tokens")
            ),
        ]
    )
}
