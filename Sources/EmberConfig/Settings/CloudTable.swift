import EmberDocument

/// The keys of a model's `cloud`.
enum CloudTable {
    static let section = Section<CloudDraft>(
        name: "cloud", defaults: CloudDraft(),
        fields: [
            Field(
                "upstream", optional: \.upstream, .name(of: "an upstream"), example: "cloudA",
                "The upstream that may answer in place of the model."
            ),
            Field(
                "model", optional: \.model, .text("a model's name"), example: "big-model",
                "The model's name there.", FieldOptions(defaultNote: "its name here")
            ),
        ]
    )
}
