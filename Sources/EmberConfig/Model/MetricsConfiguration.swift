/// What /metrics has.
public struct MetricsConfiguration: Sendable, Equatable {
    public var isOn = true
    /// Whether requests and tokens are also counted by tenant, and by the name of the key.
    public var byTenant = false
    public var byKey = false

    public init() {}
}
