import EmberModels
import EmberSystem

/// How one llama-server is started.
public struct LlamaServerOptions: Sendable {
    /// A path, or a name to be found in PATH.
    public var program: String
    public var modelPath: String
    /// The multimodal projector's file, if the model has one.
    public var mmproj: String?
    /// What one request may have, prompt and answer together.
    public var contextTokens: Int
    /// What all slots may have together; nil: as much as one request.
    public var poolTokens: Int?
    /// Concurrent requests (slots).
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
        poolTokens: Int? = nil,
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
        self.poolTokens = poolTokens
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
    /// What it counts itself is read by Ember alone, over its socket.
    static let environment = ["LLAMA_ARG_FIT": "off", "LLAMA_ARG_ENDPOINT_METRICS": "1"]

    /// Snapshots per slot of models that cannot roll back their context (sliding windows, recurrent layers).
    public static let contextCheckpoints = 4

    /// Tokens computed at once for embeddings: the longest input, which must fit one micro-batch; a multiple of
    /// `parallel`, as some encoders end at their start otherwise.
    public var embeddingBatchTokens: Int { Clamped.padded(max(512, contextTokens), to: max(1, parallel)) }

    /// Whether it is started for inputs that leave nothing behind in a slot: to embed or to rank.
    public var keepsNothing: Bool {
        let flags = ["--embedding", "--embeddings", "--rerank", "--reranking"]
        return embeddings || extraArguments.contains(where: flags.contains)
    }

    /// Tokens of the engine's context as a whole. Of inputs that leave nothing behind each slot has its own: they need
    /// no memory there (encoders), or all of it at once.
    public var cacheTokens: Int {
        keepsNothing ? Clamped.product(contextTokens, parallel) : poolTokens ?? contextTokens
    }

    /// What one request may have of a larger pool; nil: all of it.
    var slotTokens: Int? { !keepsNothing && cacheTokens > contextTokens ? contextTokens : nil }

    /// The arguments that make it serve `model` on the Unix socket.
    func arguments(model: String, socketPath: String, _ gpus: EngineGPUs? = nil) -> [String] {
        var arguments = [
            "--model", modelPath,
            "--host", socketPath,
            "--ctx-size", String(cacheTokens),
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
        // One pool for all slots, so that one request may have all of its context.
        arguments.append(keepsNothing ? "--no-kv-unified" : "--kv-unified")
        if let slotTokens { arguments += ["--kv-unified-per-slot", String(slotTokens)] }
        if let slotFolder {
            // Else idle slots would be moved out of the pool in silence, and saved as nothing.
            arguments += ["--slot-save-path", slotFolder, "--no-cache-idle-slots"]
        }
        // Requests always say which one they want: without a word, it would apply all of them.
        if !adapters.isEmpty { arguments += ["--lora", adapters.joined(separator: ","), "--lora-init-without-apply"] }
        return arguments + (gpus?.llamaServerArguments ?? []) + extraArguments
    }
}

extension LlamaServerOptions {
    /// What a load reads: all parts of the model, and its projector.
    public var weightFiles: [String] { GGUFSplit.files(of: modelPath) + (mmproj.map { [$0] } ?? []) }
}
