/// Whose request it is, what it needs, and how long an answer is worth waiting for.
public struct RequestTerms: Hashable, Codable, Sendable {
    /// Whose request it is, by a number of the driver's. Where requests wait, (tenant, service) pairs take turns.
    public var tenant: Int
    /// Seconds after its arrival at which the request is ended if it still waits; nil: `maxWaitSeconds`.
    public var deadlineSeconds: Double?
    /// nil: it is taken for a typical one.
    public var size: RequestSize?
    /// Models whose engines cannot serve it: none of them stands in, and the one that it asks for leaves it to the
    /// cloud.
    public var unfit: [ModelID]
    /// Engines that have died while they ran a request like this one, as far as its driver knows.
    public var deaths: Int
    /// An upper bound of the tokens that it may have in an engine's pool, prompt and answer together; 0: none are
    /// counted.
    public var tokens: Int

    /// Of a hedge, which runs at once or not at all; no client can ask for that.
    public static let nowOrNever = RequestTerms(deadlineSeconds: 0)

    /// Whether it runs at once or not at all, beside a request that has already arrived.
    @inline(__always)
    public var isHedge: Bool { deadlineSeconds == 0 }

    public init(
        tenant: Int = 0, deadlineSeconds: Double? = nil, size: RequestSize? = nil, unfit: [ModelID] = [],
        deaths: Int = 0, tokens: Int = 0
    ) {
        self.tenant = tenant
        self.deadlineSeconds = deadlineSeconds
        self.size = size
        self.unfit = unfit
        self.deaths = deaths
        self.tokens = tokens
    }
}

extension RequestTerms {
    /// What earlier versions have written has no tokens.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        self.init(
            tenant: try values.decode(Int.self, forKey: .tenant),
            deadlineSeconds: try values.decodeIfPresent(Double.self, forKey: .deadlineSeconds),
            size: try values.decodeIfPresent(RequestSize.self, forKey: .size),
            unfit: try values.decode([ModelID].self, forKey: .unfit),
            deaths: try values.decode(Int.self, forKey: .deaths),
            tokens: try values.decodeIfPresent(Int.self, forKey: .tokens) ?? 0)
    }
}
