import EmberCore
import EmberDocument

/// The sections that a scenario shares with a server's configuration, by the same names.
enum PlannerTables {
    /// Used in event time.
    static let queue = Section<QueueDraft>(
        name: "queue", defaults: QueueDraft(),
        fields: [
            Field("limit", \.limit, requests, example: 256, "Requests that may wait."),
            Field(
                "limit_per_model", \.limitPerModel, requests, example: 128, "Requests that may wait for one instance."),
            Field(
                "max_wait", \.maxWaitSeconds, EventTable.wait, example: "2m",
                "The longest wait of a request; then it is refused."),
            Field(
                "patience", \.patienceSeconds, EventTable.wait, example: "5s",
                "The wait after which busy residents are drained for a request."),
            Field(
                "gate_wait", \.gateWaitSeconds, EventTable.wait, example: "0s",
                "How long the policy's gate may hold back a request that the cloud cannot answer."),
            Field(
                "min_residency", \.minResidency, .number(0...1_000_000, "factor"), example: 1,
                "A loaded model stays at least this many times as long as its load took."),
        ])

    static let memory = Section<MemoryDraft>(
        name: "memory", defaults: MemoryDraft(),
        fields: [
            Field(
                "budget", optional: \.budgetBytes, .bytes(1...ScenarioTable.bytesLimit), example: "80GB",
                "The memory of an edge server."),
            Field(
                "prefetch", \.prefetchSeconds, .durationOrNever, example: "5s",
                "In event time: delay after a request before a load ahead of demand is considered."),
        ])

    static let energy = Section<EnergyDraft>(
        name: "energy", defaults: EnergyDraft(),
        fields: [
            Field(
                "budget", optional: \.budgetJoules, .number(0...1_000_000_000_000, "number of joules"), example: 9000,
                "The energy that requests at the edge may take in a slot."),
            Field("price", \.price, .number(0...1_000_000_000, "cost"), example: 0.001, "The cost of a joule."),
        ])

    static let context = Section<ContextDraft>(
        name: "context", defaults: ContextDraft(),
        fields: [
            Field(
                "retention", \.retention, .choice("a retention"), example: "lost",
                "What an eviction does to the context: it is lost, or kept.")
        ])

    private static let requests = ValueType.integer(0...1_000_000_000, "number of requests")
}
