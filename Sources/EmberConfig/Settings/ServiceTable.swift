import EmberDocument

/// The keys of a service.
enum ServiceTable {
    static let section = Section<ServiceConfiguration>(
        name: "service", defaults: ServiceConfiguration(),
        fields: [
            Field(
                "vanishing", \.vanishingPerSecond, .number(0...1_000_000, "number of examples per second"),
                example: 0.01, "The context value lost per second.", FieldOptions(unit: "examples/s")
            ),
            Field(
                "demonstration", \.demonstrationTokens, .number(1...1_000_000, "number of tokens"), example: 100,
                "The size of one demonstration.", FieldOptions(unit: "tokens")
            ),
        ] + cloud + demonstrations
    )

    private static let cloud: [Field<ServiceConfiguration>] = [
        Field(
            "local_only", \.isLocalOnly, .bool, example: false,
            "Whether the service's requests never leave for the cloud, whatever happens."
        ),
        Field(
            "deadline", optional: \.deadlineSeconds, .duration(0.001...86_400), example: "30s",
            "How long an answer may take to begin; the header x-ember-deadline goes before it.",
            FieldOptions(defaultNote: "queue.max_wait", isOptionalInExample: true)
        ),
        Field(
            "stand_ins", \.standIns, .list(of: .name(of: "a model")), example: ["smollm2"],
            "Models that may answer in place of the one that is asked for, where that costs less.",
            FieldOptions(isOptionalInExample: true)
        ),
        Field(
            "budget", \.budget, .section(CloudBudgetTable.section), example: [],
            "What may be spent in the cloud for the service."
        ),
    ]

    private static let demonstrations: [Field<ServiceConfiguration>] = [
        Field(
            "context", \.context, .choice("a source of demonstrations"), example: "off",
            "Where demonstrations come from: off (none), given (only from users), learn (also from past requests)."
        ),
        Field(
            "selection", \.selection, .choice("a selection"), example: "clustered",
            "How the demonstrations of a prompt are chosen."
        ),
        Field(
            "examples", \.examples, .integer(0...1000, "number of demonstrations"), example: 2,
            "Demonstrations in a prompt at most; fewer where the context window is full.",
            FieldOptions(unit: "demonstrations")
        ),
        Field(
            "min_quality", \.taken.leastQuality, .number(0...1, "number from 0 to 1"), example: 0,
            "Demonstrations of lower quality are not used; without a judgement the quality is 0.5."
        ),
        Field(
            "learn_from", \.taken.learnsFrom, .list(of: .choice("a source of answers")), example: ["edge", "cloud"],
            "Whose answers become demonstrations, with context: learn."
        ),
        Field(
            "keep", optional: \.keep, .keep, example: "1h",
            "How long saved KV states of the service stay, where that is shorter than context.keep; none: its "
                + "conversations are never saved.",
            FieldOptions(defaultNote: "context.keep", isOptionalInExample: true)
        ),
    ]
}
