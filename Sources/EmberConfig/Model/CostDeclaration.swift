/// What the operator says that things cost, in a unit of the operator's (seconds by default); nil means undeclared.
public struct CostDeclaration: Sendable, Equatable {
    /// Of one load.
    public var load: Double?
    /// Of one request that is offloaded.
    public var cloud: Double?
    /// Of one request that runs at the edge.
    public var transmission: Double?
    /// Of one token at the edge.
    public var token: Double?
    /// Joules of one token at the edge.
    public var joules: Double?

    public init() {}
}
