import EmberDocument

/// The keys of an entry of a model's `fallbacks`.
enum FallbackTable {
    static let section = Section<CloudDraft>(
        name: "fallback", defaults: CloudDraft(),
        fields: [
            Field(
                "upstream", optional: \.upstream, .name(of: "an upstream"), example: "cloudA",
                "An upstream that may answer when those before it do not."
            ),
            Field(
                "model", optional: \.model, .text("a model's name"), example: "other-model",
                "The model's name there.", FieldOptions(defaultNote: "its name here")
            ),
        ]
    )
}
