import EmberDocument

/// The keys of `connections`.
enum ConnectionsTable {
    static let section = Section<ConnectionsConfiguration>(
        name: "connections", defaults: ConnectionsConfiguration(), fields: bounds + waits
    )

    private static let bounds: [Field<ConnectionsConfiguration>] = [
        Field(
            "limit", \.limit, .integer(1...1_000_000, "number of connections"), example: 1024,
            "Open connections in all, fewer if descriptors are few; further ones get status 503 and are closed.",
            FieldOptions(unit: "connections")
        ),
        Field(
            "limit_per_address", optional: \.limitPerAddress, .integer(1...1_000_000, "number of connections"),
            example: 512,
            "Open connections of one address, which for IPv6 is a network of 64 bits.",
            FieldOptions(unit: "connections", defaultNote: "half of limit")
        ),
    ]

    private static let waits: [Field<ConnectionsConfiguration>] = [
        Field(
            "header_timeout", \.headerSeconds, .duration(0.1...86_400), example: "15s",
            "How long a request's head may take to come; then status 408."
        ),
        Field(
            "body_timeout", \.bodySeconds, .duration(0.1...86_400), example: "30s",
            "How long a request's body may take to come, and a second more for every 4 KiB of it; then status 408."
        ),
        Field(
            "idle_timeout", \.idleSeconds, .duration(0.1...86_400), example: "75s",
            "How long a connection may stay open between two requests."
        ),
    ]
}

/// The keys of `cors`.
enum CORSTable {
    static let section = Section<CORSConfiguration>(
        name: "cors", defaults: CORSConfiguration(),
        fields: [
            Field(
                "origins", \.origins, .list(of: .origin), example: ["desktop", "https://chat.example.org"],
                "The origins of web pages that may use the server, desktop for desktop programs, or * for all pages.",
                FieldOptions(defaultNote: "none", isOptionalInExample: true)
            )
        ]
    )
}
