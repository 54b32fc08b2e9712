/// All of a demonstration but its id and its owner: what is handed to the store.
public struct DemonstrationContent: Hashable, Sendable {
    public var service: String
    /// The only model that it is for; nil: every model of the service.
    public var model: String?
    public var prompt: String
    public var result: String
    /// Its length in tokens by the name of the model whose tokenizer counted; empty until counted.
    public var tokens: [String: Int]
    public var origin: Origin
    /// How good the result is, from 0 to 1; nil: not judged.
    public var quality: Double?
    /// When it was answered or given, in seconds since 1970.
    public var time: Double
    /// The id of the request, to which feedback refers; unique among the demonstrations of its tenant and service.
    public var request: String
    public var embedding: Embedding?

    public init(
        service: String, model: String?, prompt: String, result: String, tokens: [String: Int] = [:], origin: Origin,
        quality: Double? = nil, time: Double, request: String, embedding: Embedding? = nil
    ) {
        self.service = service
        self.model = model
        self.prompt = prompt
        self.result = result
        self.tokens = tokens
        self.origin = origin
        self.quality = quality
        self.time = time
        self.request = request
        self.embedding = embedding
    }
}

/// Where a demonstration comes from.
public enum Origin: String, Hashable, Sendable, CaseIterable {
    /// A model answered at the edge.
    case edge
    /// The cloud answered.
    case cloud
    /// A user uploaded it; quotas give up all others first.
    case given
}
