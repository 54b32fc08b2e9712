/// Where clients connect, and how long they are waited for.
public struct NetworkConfiguration: Sendable, Equatable {
    public var listen = ListenAddress.tcp(host: "127.0.0.1", port: 11_500)
    /// The operator accepts that anyone who reaches `listen` may use the server.
    public var allowsUnauthenticated = false
    /// Names by which requests without a key may call the server.
    public var allowedHosts: [HostPattern] = []
    public var cors = CORSConfiguration()
    public var connections = ConnectionsConfiguration()
    /// How long running requests may finish after SIGTERM.
    public var drainTimeoutSeconds = 30.0
    /// A stream that waits for its model gets a comment after this time of silence.
    public var pingIntervalSeconds = 5.0

    public init() {}
}
