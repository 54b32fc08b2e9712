import EmberDocument

/// The keys of `events`.
enum EventsTable {
    static let section = Section<EventsConfiguration>(
        name: "events", defaults: EventsConfiguration(),
        fields: [
            Field(
                "record", \.isRecorded, .bool, example: true,
                "Whether what happens is written to the state folder, for ember replay; no prompts are in it."
            ),
            Field(
                "decisions", \.logsDecisions, .bool, example: true,
                "Whether Ember's log says of each request, once it has ended, what ember explain says of it: a line of JSON."
            ),
            Field(
                "limit", \.limitBytes, .bytes(65_536...1_125_899_906_842_624), example: "256MiB",
                "All logs together; the oldest go first.", FieldOptions(unit: "bytes")
            ),
        ]
    )
}
