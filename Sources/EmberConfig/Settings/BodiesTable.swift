import EmberDocument

/// The keys of `bodies`.
enum BodiesTable {
    static let section = Section<BodiesConfiguration>(
        name: "bodies", defaults: BodiesConfiguration(),
        fields: [
            Field(
                "limit", optional: \.limitBytes, .bytes(BodyMaximaTable.range), example: "1GiB",
                "Bodies of all requests in flight together; more are refused with status 503.",
                FieldOptions(
                    unit: "bytes", defaultNote: "1GiB, or half of what is free in the cache folder if that is less",
                    isOptionalInExample: true)
            ),
            Field(
                "per_tenant", optional: \.perTenantBytes, .bytes(BodyMaximaTable.range), example: "512MiB",
                "Bodies of one tenant's requests in flight together; more are refused with status 429.",
                FieldOptions(
                    unit: "bytes", defaultNote: "half of limit, or all of it where there is one tenant",
                    isOptionalInExample: true)
            ),
        ]
    )
}

/// The keys of `max_body_of`.
enum BodyMaximaTable {
    static let range = 1024...4_294_967_296

    static let section = Section<BodyMaxima>(
        name: "bodyMaxima", defaults: BodyMaxima(),
        fields: [
            field("chat", \.chat, "/v1/chat/completions"),
            field("completions", \.completions, "/v1/completions"),
            field("embeddings", \.embeddings, "/v1/embeddings"),
            field("responses", \.responses, "/v1/responses"),
            field("messages", \.messages, "/v1/messages and /v1/messages/count_tokens"),
            field("rerank", \.rerank, "/v1/rerank"),
        ]
    )

    private static func field(
        _ name: String, _ keyPath: any WritableKeyPath<BodyMaxima, Int?> & Sendable, _ path: String
    ) -> Field<BodyMaxima> {
        Field(
            name, optional: keyPath, .bytes(range), example: "32MiB", "The largest body of \(path).",
            FieldOptions(unit: "bytes", defaultNote: "max_body", isOptionalInExample: true))
    }
}
