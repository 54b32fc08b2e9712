import EmberDocument

/// The keys of the file's top level.
enum ServerTable {
    static let section = Section<ServerDraft>(
        name: "configuration", defaults: ServerDraft(), fields: network + operation + access + catalogue
    )

    private static let network: [Field<ServerDraft>] = [
        Field(
            "listen", \.network.listen, .listenAddress, example: "127.0.0.1:11500",
            "Where the server accepts connections: host:port or unix:/path.",
            FieldOptions(override: OverrideNames(environment: "EMBER_LISTEN", flag: "--listen"))
        ),
        Field(
            "allow_unauthenticated", \.network.allowsUnauthenticated, .bool, example: false,
            "Whether a server without keys may listen where other machines can reach it."
        ),
        Field(
            "allowed_hosts", \.network.allowedHosts, .list(of: .hostName), example: ["ember.lan", "*.example.org"],
            "Names by which requests without a key may call the server, beside addresses and localhost.",
            FieldOptions(defaultNote: "none", isOptionalInExample: true)
        ),
        Field("cors", \.network.cors, .section(CORSTable.section), example: [], "Which web pages may use the server."),
        Field(
            "connections", \.network.connections, .section(ConnectionsTable.section), example: [],
            "How many clients may be connected, and how long they may be silent."
        ),
        Field(
            "max_body", \.bodies.maxBytes, .bytes(BodyMaximaTable.range), example: "32MiB",
            "Larger request bodies are refused with status 413.", FieldOptions(unit: "bytes")
        ),
        Field(
            "max_body_of", \.bodies.maxima, .section(BodyMaximaTable.section), example: [],
            "The same for single paths, where they are to differ from max_body."
        ),
        Field(
            "bodies", \.bodies.inFlight, .section(BodiesTable.section), example: [],
            "All request bodies in flight together."),
        Field(
            "drain_timeout", \.network.drainTimeoutSeconds, .duration(0...86_400), example: "30s",
            "How long running requests may finish after SIGTERM."
        ),
        Field(
            "ping_interval", \.network.pingIntervalSeconds, .duration(0.1...3600), example: "5s",
            "A stream whose answer has not begun gets a comment after this time of silence."
        ),
    ]

    static let modelsFolder = SettingPath.root.appending("models_dir")

    private static let operation: [Field<ServerDraft>] = [
        Field(
            "llama_server", optional: \.files.llamaServer, .path, example: "/usr/local/bin/llama-server",
            "The llama-server program.",
            FieldOptions(
                defaultNote: "looked for on PATH and in the cache folder",
                override: OverrideNames(environment: "EMBER_LLAMA_SERVER", flag: nil), isOptionalInExample: true
            )
        ),
        Field(
            "models_dir", optional: \.files.modelsFolder, .path, example: "~/models",
            "The folder that relative paths of models start from.",
            FieldOptions(
                defaultNote: "models in the cache folder",
                override: OverrideNames(environment: "EMBER_MODELS_DIR", flag: "--models-dir"),
                isOptionalInExample: true
            )
        ),
        Field(
            "policy", \.planning.policy, .text("the name of a policy"), example: "least-context-gated",
            "How the server decides which models stay in memory; with parameters: regret-forecast:horizon=20:regret=0.",
            FieldOptions(override: OverrideNames(environment: "EMBER_POLICY", flag: "--policy"))
        ),
        Field("seed", \.planning.seed, .seed, example: 1, "The seed of policies that make random choices."),
        Field("memory", \.planning.memory, .section(MemoryTable.section), example: [], "The memory that models share."),
        Field(
            "queue", \.planning.queue, .section(QueueTable.server), example: [], "How requests wait for their models."),
        Field(
            "budget", \.cloud.budget, .section(CloudBudgetTable.section), example: [], "What may be spent in the cloud."
        ),
        Field(
            "upstream_order", \.cloud.order, .choice("an order"), example: "listed",
            "Which of a model's upstreams is asked first: listed (as they are), or cheapest."
        ),
        Field(
            "weights", \.planning.weights, .section(WeightTable.section), example: [],
            "What seconds and money are worth."),
        Field(
            "energy", \.planning.energy, .section(EnergyTable.section), example: [],
            "The energy that the edge may take."),
        Field("events", \.events, .section(EventsTable.section), example: [], "Whether decisions can be replayed."),
        Field("log", \.log, .section(LogTable.section), example: [], "What Ember's own log has."),
        Field("metrics", \.metrics, .section(MetricsTable.section), example: [], "What GET /metrics has."),
        Field("context", \.context, .section(ContextTable.section), example: [], "What happens to models' contexts."),
    ]

    private static let access: [Field<ServerDraft>] = [
        Field(
            "services", \.access.services, .map(of: ServiceTable.section) { $0.name = $1 }, example: [],
            "The kinds of work that contexts are about, by name.", FieldOptions(defaultNote: "one named default")
        ),
        Field(
            "default_service", \.access.defaultService, .name(of: "a service"), example: "default",
            "The service of requests that name none."
        ),
        Field(
            "keys", \.access.keys, .list(of: KeyTable.section), example: [], "The keys that requests must carry.",
            FieldOptions(defaultNote: "no authentication", isOptionalInExample: true)
        ),
        Field(
            "upstreams", \.cloud.upstreams, .map(of: UpstreamTable.section) { $0.name = $1 }, example: [],
            "Servers elsewhere that speak the same protocol, by name.", FieldOptions(defaultNote: "none")
        ),
    ]

    private static let catalogue: [Field<ServerDraft>] = [
        Field(
            "defaults", \.defaults, .section(ModelTable.section), example: [],
            "Any keys of a model, used where the model does not say."
        ),
        Field(
            "models", \.models, .map(of: ModelTable.section) { $0.name = $1 }, example: [],
            "The models that requests may name; each has one of path, command, upstream and lora."
        ),
    ]
}
