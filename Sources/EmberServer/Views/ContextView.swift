/// What has become of contexts since the start.
public struct ContextView: Codable, Sendable {
    public var counters: ContextCounters
    /// KV states that could be brought back.
    public var savedStates: Int
    public var savedBytes: Int
}
