import EmberDocument

/// The keys of `queue`.
enum QueueTable {
    static let section = Section<QueueConfiguration>(
        name: "queue", defaults: QueueConfiguration(), fields: bounds + waits
    )

    private static let bounds: [Field<QueueConfiguration>] = [
        Field(
            "limit", \.limit, .integer(1...1_000_000, "number of requests"), example: 256,
            "Waiting requests in all; more are refused with status 429.", FieldOptions(unit: "requests")
        ),
        Field(
            "limit_per_model", \.limitPerModel, .integer(1...1_000_000, "number of requests"), example: 128,
            "Waiting requests of one model; more are refused with status 429.", FieldOptions(unit: "requests")
        ),
    ]

    private static let waits: [Field<QueueConfiguration>] = [
        Field(
            "max_wait", \.maxWaitSeconds, .duration(0.001...86_400), example: "120s",
            "The longest wait of a request; then it is refused with status 503."
        ),
        Field(
            "patience", \.patienceSeconds, .duration(0...86_400), example: "5s",
            "The wait after which busy models are drained to make room for a request."
        ),
        Field(
            "gate_wait", \.gateWaitSeconds, .duration(0...86_400), example: "0s",
            "How long the policy's gate may hold back a request without a cloud: fewer loads, longer waits."
        ),
        Field(
            "min_residency", \.minResidency, .number(0...1000, "number"), example: 1.0,
            "A loaded model stays at least this many times as long as its load took.",
            FieldOptions(unit: "load times")
        ),
    ]
}
