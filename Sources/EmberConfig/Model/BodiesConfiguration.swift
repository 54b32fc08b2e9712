/// How large request bodies may be.
public struct BodyConfiguration: Sendable, Equatable {
    /// Larger ones are refused.
    public var maxBytes = 32 * 1_048_576
    /// The same for single paths, where they differ.
    public var maxima = BodyMaxima()
    public var inFlight = BodiesConfiguration()

    public init() {}

    /// What no request's body may exceed, whatever its path.
    public var largestBytes: Int { maxima.byPath.values.reduce(maxBytes, max) }
}

/// How many bytes of request bodies may be in flight.
public struct BodiesConfiguration: Sendable, Equatable {
    /// Of all tenants together; nil: as the machine allows.
    public var limitBytes: Int?
    /// nil: half of the whole, or the whole where there is one tenant.
    public var perTenantBytes: Int?

    public init() {}
}

/// The largest bodies of single paths; nil: as everywhere.
public struct BodyMaxima: Sendable, Equatable {
    public var chat: Int?
    public var completions: Int?
    public var embeddings: Int?
    public var responses: Int?
    /// Also of the path that counts their tokens.
    public var messages: Int?
    public var rerank: Int?

    public init() {}

    /// By path, those that are stated.
    public var byPath: [String: Int] {
        let all = [
            "/v1/chat/completions": chat, "/v1/completions": completions, "/v1/embeddings": embeddings,
            "/v1/responses": responses, "/v1/messages": messages, "/v1/messages/count_tokens": messages,
            "/v1/rerank": rerank,
        ]
        return all.compactMapValues { $0 }
    }
}
