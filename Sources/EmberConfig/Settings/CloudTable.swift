import EmberDocument

/// The keys of a model's `cloud`, and of an entry of its `fallbacks`.
enum CloudTable {
    static let section = section(
        "cloud", upstream: "The upstream that may answer in place of the model.", model: "big-model")
    static let fallback = section(
        "fallback", upstream: "An upstream that may answer when those before it do not.", model: "other-model")

    private static func section(_ name: String, upstream: String, model: JSONValue) -> Section<CloudDraft> {
        Section(
            name: name, defaults: CloudDraft(),
            fields: [
                Field("upstream", optional: \.upstream, .name(of: "an upstream"), example: "cloudA", upstream),
                Field(
                    "model", optional: \.model, .text("a model's name"), example: model, "The model's name there.",
                    FieldOptions(defaultNote: "its name here")
                ),
            ]
        )
    }
}
