/// A service and what it has of whoever asks.
public struct ServiceView: Codable, Sendable {
    public var name: String
    /// off, given or learn.
    public var context: String
    public var selection: String
    /// Demonstrations in a prompt at most.
    public var examples: Int
    public var demonstrations = 0
    public var bytes = 0
    /// Of those, so many have a place among texts; nil where no model says so.
    public var embedded: Int?
}

/// What /ember/v1/services tells.
public struct ServiceList: Codable, Sendable {
    public var services: [ServiceView]
}
