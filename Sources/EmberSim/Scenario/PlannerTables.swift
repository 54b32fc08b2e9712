import EmberCore
import EmberDocument

/// The sections that a scenario shares with a server's configuration, by the same names.
enum PlannerTables {
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
}
