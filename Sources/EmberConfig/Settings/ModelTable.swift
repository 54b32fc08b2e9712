import EmberDocument

/// The keys of a model, and of `defaults`.
enum ModelTable {
    static let section = Section<ModelDraft>(
        name: "model", defaults: ModelDraft(),
        fields: identity + llamaServer + command + remote + adapter + local + elsewhere + residency + declarations,
        exclusive: [EngineKind.allCases.map(\.key)]
    )

    /// The keys that do not make sense for every engine, with the engines for which they do.
    static let engineKeys = section.description.fields
        .filter { $0.engines.count < EngineKind.allCases.count }
        .map { (key: $0.name, engines: $0.engines) }

    private static let onlyLlamaServer: [EngineKind] = [.llamaServer]
    private static let onlyLocal: [EngineKind] = [.llamaServer, .command]

    private static let identity: [Field<ModelDraft>] = [
        Field(
            "kind", optional: \.kind, .choice("a kind"), example: "language",
            "What the model takes: text, images or both.",
            FieldOptions(defaultNote: "language; multimodal with mmproj")
        ),
        Field(
            "serves", \.serves, .list(of: .choice("a kind of request")), example: ["chat", "completions"],
            "What it may be asked for; other requests are refused before it is loaded.",
            FieldOptions(
                defaultNote: "what its engine is known to serve", engines: [.llamaServer, .command, .remote],
                isOptionalInExample: true)
        ),
        Field(
            "aliases", \.aliases, .list(of: .name(of: "a model")), example: ["gpt-3.5-turbo"],
            "Other names that requests may use."
        ),
    ]

    private static let llamaServer: [Field<ModelDraft>] = [
        Field(
            "path", optional: \.engine.llamaServer.path, .path, example: "SmolLM2-135M-Instruct-Q4_1.gguf",
            "The model's file, for llama-server to run.", FieldOptions(engines: onlyLlamaServer)
        ),
        Field(
            "mmproj", optional: \.engine.llamaServer.projector, .path, example: "mmproj.gguf",
            "The file of the multimodal projector.",
            FieldOptions(defaultNote: "none", engines: onlyLlamaServer, isOptionalInExample: true)
        ),
        Field(
            "context", \.engine.llamaServer.contextTokens, .integer(1...16_777_216, "number of tokens"), example: 4096,
            "The context window: what the prompt and the answer of one request may have together.",
            FieldOptions(unit: "tokens", engines: onlyLlamaServer)
        ),
        Field(
            "pool", optional: \.engine.llamaServer.poolTokens, .integer(1...1_073_741_824, "number of tokens"),
            example: 8192,
            "What all running requests, and the idle conversations that slots keep, may have together.",
            FieldOptions(
                unit: "tokens",
                defaultNote: "context for one request, and what fits a sixteenth of the memory budget for others, "
                    + "at most parallel x context",
                engines: onlyLlamaServer, isOptionalInExample: true)
        ),
        Field(
            "gpu_layers", \.engine.llamaServer.gpuLayers, .integer(0...100_000, "number of layers"), example: 0,
            "How many layers run on the GPU.", FieldOptions(unit: "layers", engines: onlyLlamaServer)
        ),
        Field(
            "prompt_cache", \.engine.llamaServer.promptCacheBytes, .bytes(0...1_099_511_627_776), example: 0,
            "Host memory for llama-server's prompt cache, counted as the model's.",
            FieldOptions(unit: "bytes", engines: onlyLlamaServer)
        ),
        Field(
            "embeddings", \.engine.llamaServer.givesEmbeddings, .bool, example: false,
            "Whether llama-server is started to give embeddings.", FieldOptions(engines: onlyLlamaServer)
        ),
        Field(
            "matryoshka", \.engine.llamaServer.isMatryoshka, .bool, example: false,
            "Whether the model's vectors may be cut to the `dimensions` of a request: its maker says so.",
            FieldOptions(engines: onlyLlamaServer)
        ),
        Field(
            "args", \.engine.llamaServer.arguments, .list(of: .text("a flag")), example: ["--no-mmap"],
            "Further flags of llama-server.", FieldOptions(engines: onlyLlamaServer)
        ),
    ]

    private static let command: [Field<ModelDraft>] = [
        Field(
            "command", optional: \.engine.command.command, .list(of: .text("a text"), minimum: 1),
            example: ["python3", "worker.py", "--socket", "${socket}"],
            "A program that serves the model on ${socket} or ${port}, with its arguments.",
            FieldOptions(engines: [.command])
        ),
        Field(
            "workdir", optional: \.engine.command.workingFolder, .path, example: "workers",
            "The folder that the program starts in.",
            FieldOptions(defaultNote: "the configuration file's folder", engines: [.command])
        ),
        Field(
            "health", \.engine.command.healthPath, .urlPath, example: "/health",
            "The URL path that answers 200 once the program is ready.", FieldOptions(engines: [.command])
        ),
    ]

    private static let remote: [Field<ModelDraft>] = [
        Field(
            "upstream", optional: \.engine.remote.upstream, .name(of: "an upstream"), example: "cloudA",
            "The upstream that runs the model, which is then never resident.", FieldOptions(engines: [.remote])
        ),
        Field(
            "upstream_model", optional: \.engine.remote.model, .text("a model's name"), example: "gpt-4o-mini",
            "The model's name there.", FieldOptions(defaultNote: "its name here", engines: [.remote])
        ),
    ]

    private static let adapter: [Field<ModelDraft>] = [
        Field(
            "lora", optional: \.engine.adapter.path, .path, example: "my-adapter.gguf",
            "The file of a LoRA adapter, which makes a variant of another model that shares its weights.",
            FieldOptions(engines: [.adapter])
        ),
        Field(
            "base", optional: \.engine.adapter.base, .name(of: "a model"), example: "smollm2",
            "The model with a path whose weights the adapter is for.", FieldOptions(engines: [.adapter])
        ),
        Field(
            "scale", \.engine.adapter.scale, .number(-100...100, "number"), example: 1.0,
            "How much of the adapter is applied.", FieldOptions(engines: [.adapter])
        ),
    ]

    private static let local: [Field<ModelDraft>] = [
        Field(
            "parallel", \.parallel, .integer(1...4096, "number of requests"), example: 4,
            "Requests that the model serves at the same time.", FieldOptions(unit: "requests", engines: onlyLocal)
        ),
        Field(
            "env", \.process.environment, .environment, example: .object(["OMP_NUM_THREADS": "2"]),
            "Further environment variables of the model's process.", FieldOptions(engines: onlyLocal)
        ),
        Field(
            "memory", optional: \.memoryBytes, .bytes(1...1_125_899_906_842_624), example: "300MiB",
            "The model's resident memory; required with command.",
            FieldOptions(
                unit: "bytes", defaultNote: "measured", engines: onlyLocal, isOptionalInExample: true
            )
        ),
        Field(
            "cloud", optional: \.offload.cloud, .section(CloudTable.section), example: [],
            "Where the model's requests may be offloaded.",
            FieldOptions(defaultNote: "nowhere", engines: onlyLocal + [.adapter])
        ),
    ]

    private static let elsewhere: [Field<ModelDraft>] = [
        Field(
            "fallbacks", \.offload.fallbacks, .list(of: CloudTable.fallback), example: [],
            "Further upstreams that may answer when the first one does not.",
            FieldOptions(defaultNote: "none", isOptionalInExample: true)
        )
    ]

    private static let residency: [Field<ModelDraft>] = [
        Field(
            "pin", \.residency.isPinned, .bool, example: false, "Whether the model is never evicted.",
            FieldOptions(engines: onlyLocal)
        ),
        Field(
            "preload", \.residency.isPreloaded, .bool, example: false, "Whether the model is loaded at start.",
            FieldOptions(engines: onlyLocal)
        ),
        Field(
            "idle_ttl", \.residency.idleTTLSeconds, .durationOrNever, example: "10m",
            "The time without requests after which the model is unloaded.",
            FieldOptions(engines: onlyLocal)
        ),
        Field(
            "gpus", \.residency.gpus, .list(of: .integer(0...63, "number of a GPU"), minimum: 1), example: [0, 1],
            "The GPUs that the model may be on, by NVIDIA's numbers.",
            FieldOptions(defaultNote: "all", engines: onlyLocal, isOptionalInExample: true)
        ),
        Field(
            "gpu_split", \.residency.gpuSplit, .list(of: .integer(1...1_000_000, "share"), minimum: 1),
            example: [3, 1],
            "The proportions in which the model is divided over its GPUs, whether it fits one of them or not.",
            FieldOptions(
                defaultNote: "divided only where it fits none alone", engines: onlyLocal, isOptionalInExample: true)
        ),
        Field(
            "start_timeout", \.process.startTimeoutSeconds, .duration(0.001...86_400), example: "120s",
            "How long the model's process may take to become ready.",
            FieldOptions(engines: onlyLocal)
        ),
        Field(
            "stop_timeout", \.process.stopTimeoutSeconds, .duration(0...3600), example: "10s",
            "How long the model's process may take to end before it is killed.",
            FieldOptions(engines: onlyLocal)
        ),
    ]

    private static let declarations: [Field<ModelDraft>] = [
        Field(
            "costs", \.costs, .section(CostTable.section), example: [],
            "What things cost, in the unit of weights; what is not declared is measured."
        ),
        Field(
            "accuracy", optional: \.accuracy, .section(AccuracyTable.section), example: [],
            "How accurate the model is, by the examples in its context; one of table and zero_shot.",
            FieldOptions(defaultNote: "unknown")
        ),
    ]
}
