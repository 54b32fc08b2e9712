public import EmberCore

/// A model that requests may name.
public struct ModelConfiguration: Sendable, Equatable {
    public var name: String
    public var kind: ModelKind
    /// What it may be asked for; empty: what its engine is known to serve.
    public var serves: [RequestKind]
    /// Other names of the model.
    public var aliases: [String]
    public var engine: ModelEngine
    /// Requests that it serves at the same time.
    public var parallel: Int
    /// Declared resident memory; nil means: estimate and measure. Always there for commands.
    public var memoryBytes: Int?
    public var process: ProcessConfiguration
    public var offload: OffloadConfiguration
    public var residency: ResidencyConfiguration
    public var costs: CostDeclaration
    public var accuracy: AccuracyDeclaration?
}

/// The process that runs a model here.
public struct ProcessConfiguration: Sendable, Equatable {
    /// Further environment, `${socket}`, `${port}` and folders not expanded.
    public var environment: [String: String] = [:]
    public var startTimeoutSeconds = 120.0
    public var stopTimeoutSeconds = 10.0

    public init() {}
}

/// When a model is in memory, and where, beside what the planner decides.
public struct ResidencyConfiguration: Sendable, Equatable {
    /// Never evicted.
    public var isPinned = false
    /// Loaded at start.
    public var isPreloaded = false
    /// The time without requests after which the model is unloaded; nil: never.
    public var idleTTLSeconds: Double?
    /// The GPUs that it may be on, by number; empty: all.
    public var gpus: [Int] = []
    /// In which proportions it is divided over them; empty: only where it fits none of them alone.
    public var gpuSplit: [Int] = []

    public init() {}
}

/// Where a model's requests may be offloaded.
public struct OffloadConfiguration: Sendable, Equatable {
    public var cloud: CloudOffload?
    /// Further upstreams that may answer when the first one does not.
    public var fallbacks: [CloudOffload] = []

    public init() {}

    /// The first one, then the others.
    public var targets: [CloudOffload] { [cloud].compactMap(\.self) + fallbacks }
}

/// What runs the model.
public enum ModelEngine: Sendable, Equatable {
    case llamaServer(LlamaServerSettings)
    case command(CommandSettings)
    case remote(RemoteSettings)
    case adapter(AdapterSettings)
}

/// A model file that llama-server runs.
public struct LlamaServerSettings: Sendable, Equatable {
    /// An absolute path.
    public var path: String
    /// The multimodal projector's absolute path.
    public var projectorPath: String?
    /// The context window: what one request may have.
    public var contextTokens: Int
    /// What all running requests and idle conversations may have together; nil: it follows from the memory budget.
    public var poolTokens: Int?
    public var gpuLayers: Int
    /// Host memory for its prompt cache, which counts towards the model's memory.
    public var promptCacheBytes: Int
    /// Started to give embeddings.
    public var givesEmbeddings: Bool
    /// The first numbers of its vectors are vectors, too.
    public var isMatryoshka: Bool
    /// Further flags.
    public var arguments: [String]
}

/// A program that speaks the protocol itself.
public struct CommandSettings: Sendable, Equatable {
    /// The program and its arguments, with `${socket}`, `${port}`, `${models_dir}` and `${cache_dir}` not expanded.
    public var command: [String]
    /// An absolute path.
    public var workingFolder: String
    /// The URL path that answers 200 once it is ready.
    public var healthPath: String
}

/// A LoRA adapter, which makes a variant of a model that llama-server runs.
public struct AdapterSettings: Sendable, Equatable {
    /// An absolute path.
    public var path: String
    /// The name of the model whose weights it is for.
    public var base: String
    public var scale: Double
}

/// A model that an upstream runs; it is never resident here.
public struct RemoteSettings: Sendable, Equatable {
    /// The upstream's name.
    public var upstream: String
    /// The model's name there.
    public var model: String
}

/// A model of an upstream that may answer in place of a local one, or of another upstream's.
public struct CloudOffload: Sendable, Equatable {
    /// The upstream's name.
    public var upstream: String
    /// The model's name there.
    public var model: String

    public init(upstream: String, model: String) {
        self.upstream = upstream
        self.model = model
    }
}

extension ModelConfiguration {
    /// Where its requests may be sent, by the upstreams' names.
    public var upstreams: [String] {
        var names = offload.targets.map(\.upstream)
        if case .remote(let remote) = engine { names.append(remote.upstream) }
        return names
    }
}
