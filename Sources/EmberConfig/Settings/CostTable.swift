import EmberDocument

/// The keys of a model's `costs`.
enum CostTable {
    static let section = Section<CostDeclaration>(
        name: "costs", defaults: CostDeclaration(),
        fields: [
            field("load", \.load, example: 1, "The cost of one load."),
            field("cloud", \.cloud, example: 0.082, "The cost of one request that is offloaded."),
            field("transmission", \.transmission, example: 0.0055, "The cost of one request that runs at the edge."),
            field("token", \.token, example: 0.0001, "The cost of one token at the edge."),
            Field(
                "joules", optional: \.joules, .number(0...1_000_000, "number of joules"), example: 0.5,
                "The energy of one token at the edge.",
                FieldOptions(unit: "joules", defaultNote: "learnt where energy is measured, else none is counted")
            ),
        ]
    )

    private static func field(
        _ name: String, _ keyPath: any WritableKeyPath<CostDeclaration, Double?> & Sendable, example: JSONValue,
        _ summary: String
    ) -> Field<CostDeclaration> {
        Field(
            name, optional: keyPath, .number(0...1_000_000_000, "cost"), example: example, summary,
            FieldOptions(unit: "cost", defaultNote: "measured")
        )
    }
}
