import EmberModels

/// How one llama-server is started.
public struct LlamaServerOptions: Sendable {
    /// A path, or a name to be found in PATH.
    public var program: String
    public var modelPath: String
    /// The multimodal projector's file, if the model has one.
    public var mmproj: String?
    /// The context window of all slots together, in tokens.
    public var contextTokens: Int
    /// Concurrent requests (slots); each has `contextTokens / parallel` tokens.
    public var parallel: Int
    public var gpuLayers: Int
    /// Host memory for prompts that left their slot, in bytes; llama-server takes whole MiB, rounded down.
    public var promptCacheBytes: Int
    public var embeddings: Bool
    /// Where KV states of slots are saved; nil: they are not.
    public var slotFolder: String?
    /// Files of LoRA adapters, of which each request chooses by place; no path may have a comma.
    public var adapters: [String]
    /// Further flags; they come last, and so overrule Ember's.
    public var extraArguments: [String]

    public init(
        program: String,
        modelPath: String,
        mmproj: String? = nil,
        contextTokens: Int = 4096,
        parallel: Int = 4,
        gpuLayers: Int = 0,
        promptCacheBytes: Int = 0,
        embeddings: Bool = false,
        slotFolder: String? = nil,
        adapters: [String] = [],
        extraArguments: [String] = []
    ) {
        self.program = program
        self.modelPath = modelPath
        self.mmproj = mmproj
        self.contextTokens = contextTokens
        self.parallel = parallel
        self.gpuLayers = gpuLayers
        self.promptCacheBytes = promptCacheBytes
        self.embeddings = embeddings
        self.slotFolder = slotFolder
        self.adapters = adapters
        self.extraArguments = extraArguments
    }

    /// Ember says how much goes where: fitting the options to the free memory would only find that nothing is left
    /// open, in a third of a small model's load time. A variable, as builds before the flag take no unknown flag.
    static let environment = ["LLAMA_ARG_FIT": "off"]

    /// Snapshots per slot of models that cannot roll back their context (sliding windows, recurrent layers).
    public static let contextCheckpoints = 4

    /// Tokens computed at once for embeddings: the longest input, which must fit one micro-batch.
    public var embeddingBatchTokens: Int { max(512, contextTokens / max(1, parallel)) }

    /// The arguments that make it serve `model` on the Unix socket.
    func arguments(model: String, socketPath: String) -> [String] {
        var arguments = [
            "--model", modelPath,
            "--host", socketPath,
            "--ctx-size", String(contextTokens),
            "--parallel", String(parallel),
            "--n-gpu-layers", String(gpuLayers),
            // Its default is 8 GiB for each process, which no memory budget would know of.
            "--cache-ram", String(promptCacheBytes >> 20),
            // Its default of 32 snapshots a slot, for models that cannot roll back, is a hidden cost in host memory
            // too.
            "--ctx-checkpoints", String(Self.contextCheckpoints),
            // Answers name the model as Ember's clients do, not by a path of this machine.
            "--alias", model,
            // A request is waiting for most loads: it warms the model up itself, and is answered sooner.
            "--no-warmup",
            "--no-webui",
        ]
        if let mmproj { arguments += ["--mmproj", mmproj] }
        if embeddings {
            // The longest input is one micro-batch.
            arguments += ["--embeddings", "--ubatch-size", String(embeddingBatchTokens)]
        }
        if let slotFolder {
            // With a common pool, idle slots would be moved out of it in silence, and saved as nothing.
            arguments += ["--slot-save-path", slotFolder, "--no-kv-unified"]
        }
        // Requests always say which one they want: without a word, it would apply all of them.
        if !adapters.isEmpty { arguments += ["--lora", adapters.joined(separator: ","), "--lora-init-without-apply"] }
        return arguments + extraArguments
    }
}

extension LlamaServerOptions {
    /// What a load reads: all parts of the model, and its projector.
    public var weightFiles: [String] { GGUFSplit.files(of: modelPath) + (mmproj.map { [$0] } ?? []) }
}
