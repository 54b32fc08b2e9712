import EmberDocument

/// The keys of a scenario's `events`.
enum EventTable {
    static let section = Section<EventDraft>(
        name: "events", defaults: EventDraft(),
        fields: [
            Field(
                "slot_seconds", \.slotSeconds, .number(0.001...1_000_000_000, "number of seconds"), example: 60,
                "How long a slot lasts; a trace's own is workload.slot_seconds."),
            Field(
                "load_rate", \.loadRate, .bytes(1...ScenarioTable.bytesLimit), example: "2GB",
                "What a load brings into memory in a second."),
            Field(
                "load_seconds", \.loadSeconds, .number(0...1_000_000, "number of seconds"), example: 1,
                "What a load takes besides."),
            Field("offload", \.isOffloadable, .bool, example: true, "Whether the cloud may take requests."),
            Field("round_trip", \.roundTripSeconds, wait, example: "50ms", "To the cloud and back."),
            rate("cloud_prefill", \.cloudPrefill, "Tokens that the cloud reads in a second."),
            rate("cloud_decode", \.cloudDecode, "Tokens that the cloud generates in a second."),
        ])

    static func rate<Root>(
        _ name: String, _ keyPath: any WritableKeyPath<Root, Double> & Sendable, _ summary: String
    ) -> Field<Root> {
        Field(name, keyPath, .number(0.001...1_000_000_000_000, "number of tokens a second"), example: 1000, summary)
    }

    static let wait = ValueType.duration(0...DurationFormat.longestSeconds)
}
