/// The pools of the engines in memory (rules 47 and 48). It owns what is reserved and held by instance; the bound of a
/// request's tokens lies in its record.
struct TokenLedger: Codable, Sendable {
    /// By instance; nil: not resident, or its model states no pool.
    private var pools: [TokenPool?]

    /// Nil where no model states a pool: then no event costs anything for it.
    init?(_ catalogue: Catalogue) {
        guard catalogue.models.contains(where: { $0.poolTokens != nil }) else { return nil }
        pools = Array(repeating: nil, count: catalogue.instanceCount)
    }

    subscript(instance: InstanceID) -> TokenPool? { pools[instance.index] }

    /// An engine is ready. It keeps this pool for as long as it lives, whatever a later catalogue says.
    mutating func open(_ instance: InstanceID, limit: Int?) {
        pools[instance.index] = limit.map { TokenPool(limit: $0) }
    }

    /// The engine goes, with all that it ran and held.
    mutating func close(_ instance: InstanceID) { pools[instance.index] = nil }

    /// The catalogue changes.
    mutating func move(_ map: CatalogueMap) { pools = map.moved(pools, fresh: nil) }
}

// Requests and idle conversations; where there is no pool, nothing is counted.
extension TokenLedger {
    func fits(_ bound: Int, on instance: InstanceID) -> Bool { pools[instance.index]?.fits(bound) ?? true }

    /// A request begins to run.
    ///
    /// - Returns: how many tokens of idle conversations must go first.
    mutating func reserve(_ bound: Int, on instance: InstanceID) -> Int {
        pools[instance.index]?.reserve(bound) ?? 0
    }

    /// A request runs no longer.
    mutating func release(_ bound: Int, on instance: InstanceID) { pools[instance.index]?.release(bound) }

    /// A running request turns out to have less than its bound.
    mutating func lower(_ former: Int, to bound: Int, on instance: InstanceID) {
        pools[instance.index]?.lower(former, to: bound)
    }

    /// The instance's idle conversations have this many tokens now.
    ///
    /// - Returns: how many of them must go.
    mutating func hold(_ tokens: Int, on instance: InstanceID) -> Int { pools[instance.index]?.hold(tokens) ?? 0 }
}
