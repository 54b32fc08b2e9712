import EmberDocument

/// The keys of `context`.
enum ContextTable {
    static let section = Section<ContextConfiguration>(
        name: "context", defaults: ContextConfiguration(),
        fields: [
            Field(
                "retention", \.retention, .choice("a retention"), example: "lost",
                "What an eviction does to the model's context: it is lost, or kept."
            )
        ]
    )
}
