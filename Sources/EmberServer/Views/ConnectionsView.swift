/// The connections that are open, and what became of others.
public struct ConnectionsView: Codable, Sendable {
    public var open: Int
    public var limit: Int
    public var limitPerAddress: Int
    /// Since the start: those that found no place,
    public var refused: Int
    /// that were idle and were closed for new ones,
    public var givenUp: Int
    /// whose client was silent for too long,
    public var timedOut: Int
    /// and attempts to accept one without a descriptor.
    public var failedAccepts: Int
}

/// Descriptors of Ember's own process.
public struct DescriptorsView: Codable, Sendable {
    /// nil where it is unknown.
    public var open: Int?
    public var limit: Int
}
