import EmberDocument

/// The keys of an entry of `keys`.
enum KeyTable {
    static let section = Section<KeyDraft>(
        name: "key", defaults: KeyDraft(),
        fields: [
            Field(
                "key", optional: \.key, .secret, example: "${env.EMBER_KEY}",
                "The key itself, best taken from the environment."
            ),
            Field(
                "key_file", optional: \.keyFile, .path, example: "ember.key",
                "A file whose first line is the key, instead of key.", FieldOptions(isOptionalInExample: true)
            ),
            Field(
                "name", optional: \.name, .text("a name"), example: "alice",
                "Who has the key; the name of its tenant, where none is given.",
                FieldOptions(defaultNote: "key-1, key-2 and so on")
            ),
            Field(
                "service", optional: \.service, .name(of: "a service"), example: "default",
                "The service of requests with this key that name none.", FieldOptions(defaultNote: "default_service")
            ),
            Field(
                "tenant", optional: \.tenant, .text("a name"), example: "home",
                "Whose demonstrations its requests use; keys of one tenant share them.",
                FieldOptions(defaultNote: "its name: a tenant of its own")
            ),
            Field(
                "keep", optional: \.keep, .keep, example: "none",
                "How long saved KV states of its requests stay, where that is shorter than context.keep; none: its "
                    + "conversations are never saved.",
                FieldOptions(defaultNote: "context.keep", isOptionalInExample: true)
            ),
        ],
        exclusive: [["key", "key_file"]]
    )
}
