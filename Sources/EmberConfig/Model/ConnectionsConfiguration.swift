/// How many clients may be connected, and how long they may be silent.
public struct ConnectionsConfiguration: Sendable, Equatable {
    /// Open connections in all.
    public var limit = 1024
    /// Open connections of one address; nil: half of them all.
    public var limitPerAddress: Int?
    /// How long a request's head may take to come.
    public var headerSeconds = 15.0
    /// How long its body may take, and a second more for every 4 KiB of it.
    public var bodySeconds = 30.0
    /// How long a connection may stay open between two requests.
    public var idleSeconds = 75.0

    public init() {}
}

/// Which web pages may use the server.
public struct CORSConfiguration: Sendable, Equatable {
    /// Empty: none but the server's own.
    public var origins: [OriginPattern] = []

    public init() {}
}
