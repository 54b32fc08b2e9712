import EmberCore
import EmberDocument

/// The keys of a scenario.
enum ScenarioTable {
    static let section = Section<ScenarioDraft>(
        name: "scenario", defaults: ScenarioDraft(),
        fields: [
            Field(
                "base", optional: \.base, .name(of: "a shipped scenario"), example: "paper",
                "The shipped scenario whose keys hold where this file has none."),
            Field(
                "summary", \.summary, .text("a sentence"), example: "One edge server.", "What the scenario is about."),
            Field(
                "slots", \.clock.slots, .integer(1...10_000_000, "number of slots"), example: 200,
                "The length of a run."),
            Field(
                "servers", \.edge.servers, .integer(1...10_000, "number of servers"), example: 3,
                "Edge servers, each with memory and energy of its own; services are dealt out to them in turn."),
            Field(
                "memory", \.edge.memory, .section(PlannerTables.memory), example: .object(["budget": "80GB"]),
                "The memory of an edge server."),
            Field(
                "energy", \.edge.energy, .section(PlannerTables.energy), example: .object([:]),
                "The energy of an edge server."),
            Field(
                "sharing", \.edge.sharing, .choice("what instances are shared by"), example: "pairs",
                "Who shares weights."),
            Field(
                "context", \.edge.context, .section(PlannerTables.context), example: .object([:]),
                "What happens to models' contexts."),
            Field("time", \.clock.time, .choice("what the clock counts"), example: "slots", "Slots, or events."),
            Field(
                "events", \.clock.events, .section(EventTable.section), example: .object([:]), "How long things take."),
            Field("queue", \.queue, .section(QueueTable.scenario), example: .object([:]), "How requests wait."),
            Field(
                "weights", \.weights, .section(ScenarioWeightTable.section), example: .object([:]),
                "In event time: what seconds are worth. Costs that no model states are measured then, as on a server."),
            Field(
                "services", \.services, .map(of: service) { $0.name = $1 },
                example: .object(["chat": .object([:])]), "The services."),
            Field(
                "defaults", \.defaults, .section(ScenarioModelTable.section), example: .object([:]),
                "What models share."),
            Field(
                "models", \.models, .map(of: ScenarioModelTable.section) { $0.name = $1 },
                example: .object(["small": .object([:])]), "The models."),
            Field("workload", \.workload, .section(WorkloadTable.section), example: .object([:]), "The requests."),
            Field(
                "published", \.published, .map(of: published) { $0.policy = $1 },
                example: .object(["lru": .object([:])]), "Published figures, for comparison."),
        ])

    static let bytesLimit = 1 << 60

    /// Names of before, accepted until the next release.
    static let formerKeys: [FormerKey] =
        [
            FormerKey("memory", "memory.budget"), FormerKey("energy", "energy.budget"),
            FormerKey("context", "context.retention"), FormerKey("events.prefetch", "memory.prefetch"),
            FormerKey("events.queue", "queue.limit"), FormerKey("events.queue_per_model", "queue.limit_per_model"),
            FormerKey("events.max_wait", "queue.max_wait"), FormerKey("events.patience", "queue.patience"),
            FormerKey("events.gate_wait", "queue.gate_wait"),
            FormerKey("events.residency_per_load", "queue.min_residency"),
        ]
        + ["models.*", "defaults"].flatMap { model in
            [
                FormerKey("\(model).window", "\(model).context"), FormerKey("\(model).energy", "\(model).costs.joules"),
                FormerKey("\(model).costs.joule", "\(model).costs.joule_price"),
            ]
        }
        + Measure.published.compactMap { measure in
            measure.formerName.map { FormerKey("published.*.\($0)", "published.*.\(measure.rawValue)") }
        }

    private static let service = Section<ServiceDraft>(
        name: "service", defaults: ServiceDraft(),
        fields: [
            Field(
                "vanishing", \.vanishingPerSlot, .number(0...1_000_000, "number of examples per slot"), example: 0.6,
                "Delta: the context value lost per slot."),
            Field(
                "demonstration", \.demonstrationTokens, .integer(1...1_000_000, "number of tokens"), example: 100,
                "The size of one demonstration."),
        ])

    private static let published = Section<PublishedDraft>(
        name: "published", defaults: PublishedDraft(),
        fields: Measure.published.map { measure in
            Field(
                measure.rawValue, optional: \.[measure], .number(0...1_000_000_000, "figure"), example: 1.5,
                "The published \(measure.label).")
        })
}

/// The keys of a model.
enum ScenarioModelTable {
    static let section = Section<ScenarioModelDraft>(
        name: "model", defaults: ScenarioModelDraft(),
        fields: [
            Field(
                "memory", optional: \.memoryBytes, .bytes(1...ScenarioTable.bytesLimit), example: "14GB",
                "The memory of one instance."),
            Field(
                "context", \.windowTokens, .integer(0...100_000_000, "number of tokens"), example: 2000,
                "The context window."),
            Field(
                "tokens", \.tokens, .integer(0...1_000_000_000, "number of tokens"), example: 1000,
                "Prefill and decode of one request."),
            Field(
                "output", \.outputTokens, .integer(0...1_000_000_000, "number of tokens"), example: 100,
                "In event time: of these tokens, those that are generated."),
            Field(
                "parallel", \.parallel, .integer(1...1_000_000, "number of requests"), example: 1,
                "In event time: requests that an instance runs at once."),
            EventTable.rate("prefill", \.prefill, "In event time: tokens read in a second."),
            EventTable.rate("decode", \.decode, "In event time: tokens generated in a second."),
            Field("costs", \.costs, .section(costs), example: .object([:]), "The prices."),
            Field("accuracy", \.accuracy, .section(accuracy), example: .object([:]), "A(kappa) and its price."),
        ])

    private static let costs = Section<CostsDraft>(
        name: "costs", defaults: CostsDraft(),
        fields: [
            price("load", \.load, "One load, whatever its size."),
            price("load_per_gigabyte", \.loadPerGigabyte, "One load, for each 10^9 bytes."),
            price("cloud", \.cloud, "One request that the cloud runs."),
            price("transmission", \.transmission, "Carrying one request to the edge."),
            price("token", \.token, "One token at the edge."),
            Field(
                "joules", \.joules, .number(0...1_000_000, "number of joules"), example: 0.3,
                "The energy of one token at the edge."),
            Field(
                "joule_price", optional: \.joulePrice, .number(0...1_000_000_000, "cost"), example: 0.001,
                "One joule of this model at the edge; energy.price by default."),
        ],
        exclusive: [["load", "load_per_gigabyte"]])

    private static let accuracy = Section<ScenarioAccuracyDraft>(
        name: "accuracy", defaults: ScenarioAccuracyDraft(),
        fields: [
            Field(
                "table", optional: \.table, .accuracyTable, example: [[0, 0.6], [1, 0.7], [4, 0.8]],
                "Measured pairs of examples and accuracy."),
            Field(
                "beta", optional: \.beta, .number(0.000_001...1, "beta"), example: 0.9,
                "Of the exponential-ambiguity form alpha log(1 / beta^kappa)."),
            Field("zero_shot", \.zeroShot, .number(0...1, "accuracy"), example: 0.4, "A0."),
            Field("gain", \.gain, .number(-1...1, "gain"), example: 0.07, "A1: what the first example adds."),
            Field("alpha", \.alpha, .number(0...10, "exponent"), example: 1, "The exponent of kappa."),
            Field("weight", \.weight, .number(0...1_000_000_000, "cost"), example: 0.025, "One wrong answer."),
        ],
        exclusive: ["zero_shot", "gain", "alpha", "beta"].map { ["table", $0] }
            + [["beta", "zero_shot"], ["beta", "gain"]])

    private static func price(
        _ name: String, _ keyPath: any WritableKeyPath<CostsDraft, Double> & Sendable, _ summary: String
    ) -> Field<CostsDraft> {
        Field(name, keyPath, .number(0...1_000_000_000, "cost"), example: 0.1, summary)
    }
}
