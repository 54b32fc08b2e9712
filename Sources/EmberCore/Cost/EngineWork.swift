/// An engine's report of the work on one request.
public struct EngineWork: Hashable, Sendable {
    /// Of the request's body, as the client sent it.
    public var promptBytes: Int
    /// Of the whole prompt, and of them those that had to be computed (the others were in the KV cache).
    public var promptTokens: Int
    public var prefillTokens: Int
    public var prefillSeconds: Double
    public var decodeTokens: Int
    public var decodeSeconds: Double

    public init(
        promptBytes: Int, promptTokens: Int, prefillTokens: Int, prefillSeconds: Double, decodeTokens: Int,
        decodeSeconds: Double
    ) {
        self.promptBytes = promptBytes
        self.promptTokens = promptTokens
        self.prefillTokens = prefillTokens
        self.prefillSeconds = prefillSeconds
        self.decodeTokens = decodeTokens
        self.decodeSeconds = decodeSeconds
    }
}

/// How large a request is, as far as that is known when it arrives.
public struct RequestSize: Hashable, Codable, Sendable {
    /// Of its body.
    public var promptBytes: Int
    /// The most tokens that it wants as an answer; nil: it does not say.
    public var answerTokens: Int?
    /// The expected cost in the cloud, in money; nil: unknown.
    public var bill: Double?

    public init(promptBytes: Int, answerTokens: Int? = nil, bill: Double? = nil) {
        self.promptBytes = promptBytes
        self.answerTokens = answerTokens
        self.bill = bill
    }
}
