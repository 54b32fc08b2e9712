/// A service and its demonstrations of the tenant that asks.
public struct ServiceView: Codable, Sendable {
    public var name: String
    /// off, given or learn.
    public var context: String
    public var selection: String
    /// Demonstrations in a prompt at most.
    public var examples: Int
    public var demonstrations = 0
    public var bytes = 0
    /// How many of those have an embedding; nil where no model computes them.
    public var embedded: Int?
}

/// What /ember/v1/services reports.
public struct ServiceList: Codable, Sendable {
    public var services: [ServiceView]
}
