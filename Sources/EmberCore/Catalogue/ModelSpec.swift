/// A foundation model's kind of input.
public enum ModelKind: String, Codable, Sendable, CaseIterable {
    /// A language foundation model (LFM).
    case language
    /// A vision foundation model (VFM).
    case vision
    /// A multimodal foundation model (MFM).
    case multimodal
}

/// Where a model can run.
public enum Placement: String, Hashable, Codable, Sendable {
    /// In the edge server's memory, and in the cloud when the request may be offloaded.
    case edge
    /// Only in the cloud: never resident, takes no memory.
    case cloud
}

/// An engine's memory, as measured in earlier lives.
public struct LearntMemory: Hashable, Codable, Sendable {
    /// While it runs nothing.
    public var resting: Bytes
    /// Of each running request on top.
    public var peak: Bytes

    public init(resting: Bytes, peak: Bytes) {
        self.resting = resting
        self.peak = peak
    }
}

/// A foundation model as the planner knows it.
public struct ModelSpec: Hashable, Codable, Sendable {
    public var name: String
    public var kind: ModelKind
    public var placement: Placement
    /// Of a fine-tuned variant: the model whose weights it runs on, which has no base itself. It has no
    /// instance and no memory of its own; its adapter's memory counts as the base's.
    public var base: ModelID?
    /// Memory of one resident instance: weights, buffers, KV cache.
    public var residentBytes: Bytes
    /// The same as measured in earlier lives; nil: not yet.
    public var learnt: LearntMemory?
    /// Context window w_m, in tokens.
    public var windowTokens: Int
    /// Requests that one instance runs at once (slots).
    public var parallel: Int
    /// Tokens that the requests and the idle conversations of one instance may have together, at least as many as one
    /// request may have; nil: not bounded. An engine keeps those that its model stated when it became ready.
    public var poolTokens: Int?
    /// Never evicted by a policy.
    public var isPinned: Bool
    /// Seconds without a request after which the model is unloaded; nil: never.
    public var idleTTLSeconds: Double?
    /// Prefill and decode of a typical request, in tokens: a policy's expectation of the next request.
    public var typicalTokens: Int
    public var costs: CostRates
    public var accuracy: AccuracyModel
    /// The terms of `costs` that are only expected, until they have been measured (`PlannerSettings.weights`).
    public var measured: MeasuredTerms = []
    /// It is to go: it is not loaded and gets no requests any more, and leaves memory once those that run have ended. A
    /// variant is retired with its base.
    public var isRetired = false
    /// On which devices it may be, where there are several; nil: on any, or divided over all.
    public var devices: DeviceRule?

    public init(
        name: String, kind: ModelKind = .language, placement: Placement = .edge,
        residentBytes: Bytes = .zero, windowTokens: Int = 4096, parallel: Int = 1,
        isPinned: Bool = false, idleTTLSeconds: Double? = nil, typicalTokens: Int = 0,
        costs: CostRates = CostRates(), accuracy: AccuracyModel = .constant(1)
    ) {
        self.name = name
        self.kind = kind
        self.placement = placement
        self.residentBytes = residentBytes
        self.windowTokens = windowTokens
        self.parallel = parallel
        self.isPinned = isPinned
        self.idleTTLSeconds = idleTTLSeconds
        self.typicalTokens = typicalTokens
        self.costs = costs
        self.accuracy = accuracy
    }

    /// lambda: the cost of loading an instance.
    var loadCost: Double { costs.load.cost(of: residentBytes) }

    /// The saving of an edge request, compared with the cloud; `tokens` of prefill and decode, by default those of a
    /// typical one.
    func saving(accuracy answer: Double, tokens: Int? = nil) -> Double {
        costs.saving(accuracy: answer, tokens: tokens ?? typicalTokens)
    }
}
