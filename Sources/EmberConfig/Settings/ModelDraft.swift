import EmberCore

/// A model's settings as they were read.
struct ModelDraft: Sendable {
    var name = ""
    var kind: ModelKind?
    var serves: [RequestKind] = []
    var aliases: [String] = []
    var engine = EngineDraft()
    var parallel = 4
    var memoryBytes: Int?
    var process = ProcessConfiguration()
    var offload = OffloadDraft()
    var residency = ResidencyConfiguration()
    var costs = CostDeclaration()
    var accuracy: AccuracyDraft?
}

/// The settings of every engine, of which a model uses one.
struct EngineDraft: Sendable {
    var llamaServer = LlamaServerDraft()
    var command = CommandDraft()
    var remote = RemoteDraft()
    var adapter = AdapterDraft()
}

struct LlamaServerDraft: Sendable {
    var path: String?
    var projector: String?
    var contextTokens = 4096
    var poolTokens: Int?
    var gpuLayers = 0
    var promptCacheBytes = 0
    var givesEmbeddings = false
    var isMatryoshka = false
    var arguments: [String] = []
}

struct CommandDraft: Sendable {
    var command: [String]?
    var workingFolder: String?
    var healthPath = "/health"
}

struct RemoteDraft: Sendable {
    var upstream: String?
    var model: String?
}

struct AdapterDraft: Sendable {
    var path: String?
    var base: String?
    var scale = 1.0
}

struct OffloadDraft: Sendable {
    var cloud: CloudDraft?
    var fallbacks: [CloudDraft] = []
}

struct CloudDraft: Sendable {
    var upstream: String?
    var model: String?
}

struct AccuracyDraft: Sendable {
    /// Pairs of examples and accuracy.
    var table: [[Double]]?
    var zeroShot: Double?
    var gain = 0.0
    var alpha = 1.0
    var weight = 1.0
}
