import EmberDocument

/// The keys of `events`.
enum EventsTable {
    static let section = Section<EventsConfiguration>(
        name: "events", defaults: EventsConfiguration(),
        fields: [
            Field(
                "record", \.isRecorded, .bool, example: true,
                "Whether events are written to the state folder, for ember replay; they contain no prompts."
            ),
            Field(
                "decisions", \.logsDecisions, .bool, example: true,
                "Whether Ember's log gets a line of JSON for each ended request: what ember explain shows."
            ),
            Field(
                "limit", \.limitBytes, .bytes(65_536...1_125_899_906_842_624), example: "256MiB",
                "All logs together; the oldest go first.", FieldOptions(unit: "bytes")
            ),
        ]
    )
}
