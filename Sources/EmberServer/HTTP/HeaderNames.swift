import HTTPTypes

extension HTTPField.Name {
    /// The key, as Anthropic's clients send it.
    static let apiKey = HTTPField.Name("x-api-key")!
    /// The key, as Azure's clients send it.
    static let apiKeyOfAzure = HTTPField.Name("api-key")!
    /// The service that a request belongs to.
    static let service = HTTPField.Name("x-ember-service")!
    /// Where a request ran: `edge`, or `cloud:` and the upstream's name.
    static let servedBy = HTTPField.Name("x-ember-served-by")!
    /// The model that answered.
    static let servedModel = HTTPField.Name("x-ember-model")!
    /// How many seconds an answer may take to begin.
    static let deadline = HTTPField.Name("x-ember-deadline")!
    /// The model that was asked for, where another one has answered.
    static let standInFor = HTTPField.Name("x-ember-stand-in-for")!
    /// Why a request was offloaded.
    static let offloadReason = HTTPField.Name("x-ember-offload-reason")!
    /// Why and how a request came to run at the edge: see `EdgeReason`.
    static let edgeReason = HTTPField.Name("x-ember-edge-reason")!
    /// Present where the edge was asked too, as the upstream was slow to answer.
    static let hedged = HTTPField.Name("x-ember-hedged")!
    /// Asks reverse proxies to pass events on as they come.
    static let accelBuffering = HTTPField.Name("x-accel-buffering")!
    /// The request's id, to which feedback refers.
    static let requestID = HTTPField.Name("x-ember-request-id")!
    /// The same, where OpenAI's SDKs look for it.
    static let requestIDOfOpenAI = HTTPField.Name("x-request-id")!
    /// The same, where Anthropic's SDKs look for it.
    static let requestIDOfAnthropic = HTTPField.Name("request-id")!
    /// How many demonstrations went into the prompt.
    static let demonstrations = HTTPField.Name("x-ember-demonstrations")!
    /// Tokens of the prompt that the engine had from an earlier one.
    static let reusedTokens = HTTPField.Name("x-ember-reused-tokens")!
    /// How demonstrations are to be chosen for this request.
    static let selection = HTTPField.Name("x-ember-selection")!
    /// How many demonstrations there may be in this request.
    static let examples = HTTPField.Name("x-ember-examples")!
    /// Whether the request's conversation may be saved to disk.
    static let keep = HTTPField.Name("x-ember-keep")!
    /// Those of replies that tell clients something.
    static let ofReplies: [HTTPField.Name] = [
        requestID, requestIDOfOpenAI, requestIDOfAnthropic, servedBy, servedModel, edgeReason, standInFor,
        offloadReason, hedged, demonstrations, reusedTokens, .retryAfter,
    ]
    /// Those of requests that Ember reads or passes on.
    static let ofRequests: [HTTPField.Name] = [
        .authorization, .contentType, .accept, apiKey, apiKeyOfAzure, service, deadline, selection, examples,
        keep, .traceparent, .tracestate,
        HTTPField.Name("anthropic-version")!, HTTPField.Name("anthropic-beta")!, HTTPField.Name("openai-beta")!,
    ]
}

extension HTTPFields {
    /// The request's id, under Ember's name and that of the API's own SDKs.
    mutating func appendRequestID(_ id: String, _ form: APIForm) {
        append(HTTPField(name: .requestID, value: id))
        append(HTTPField(name: form == .messages ? .requestIDOfAnthropic : .requestIDOfOpenAI, value: id))
    }
}
