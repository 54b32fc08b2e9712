import EmberCore

/// A model's settings as they were read, of whichever engine.
struct ModelDraft: Sendable {
    var name = ""
    var kind: ModelKind?
    var serves: [RequestKind] = []
    var aliases: [String] = []
    var path: String?
    var projector: String?
    var contextTokens = 4096
    var gpuLayers = 0
    var promptCacheBytes = 0
    var givesEmbeddings = false
    var arguments: [String] = []
    var command: [String]?
    var workingFolder: String?
    var healthPath = "/health"
    var upstream: String?
    var upstreamModel: String?
    var adapter: String?
    var base: String?
    var adapterScale = 1.0
    var parallel = 4
    var environment: [String: String] = [:]
    var memoryBytes: Int?
    var cloud: CloudDraft?
    var fallbacks: [CloudDraft] = []
    var isPinned = false
    var isPreloaded = false
    var idleTTLSeconds: Double?
    var startTimeoutSeconds = 120.0
    var stopTimeoutSeconds = 10.0
    var costs = CostDeclaration()
    var accuracy: AccuracyDraft?
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
