public import NIOCore

/// How many connections there may be, and how long each may be silent.
public struct ConnectionLimits: Sendable, Equatable {
    /// Served at once, in all and of one address.
    public var total: Int
    public var perAddress: Int
    /// Connections beyond these, which get an error that says so, and may ask for the health.
    public var reserve: Int { max(8, total / 8) }
    public var patience: ConnectionPatience

    /// A request's line and fields together, in bytes.
    static let largestHead = 80 << 10
    static let mostFields = 1000

    public init(total: Int = 1024, perAddress: Int? = nil, patience: ConnectionPatience = ConnectionPatience()) {
        self.total = total
        self.perAddress = min(perAddress ?? (total + 1) / 2, total)
        self.patience = patience
    }

    /// Descriptors of Ember's own: its store, logs and the like, event loops, and what it runs its engines by.
    private static let ownDescriptors = 48
    private static let descriptorsPerCore = 3
    private static let descriptorsPerModel = 8
    /// A client, the engine or upstream that answers it, and a file that its body lies in.
    private static let descriptorsPerConnection = 3
    private static let fewest = 16

    /// How many connections `descriptors` are enough for.
    public static func affordable(descriptors: Int, models: Int, cores: Int = System.coreCount) -> Int {
        let own = ownDescriptors + descriptorsPerCore * cores + descriptorsPerModel * models
        return max(fewest, (descriptors - own) / descriptorsPerConnection)
    }
}

/// How long a connection may be silent.
public struct ConnectionPatience: Sendable, Equatable {
    /// Until a request's head has come, from the connection's opening or the head's first byte.
    public var header: TimeAmount
    /// Until its body has come; a second more for every `bytesPerSecond` that have.
    public var body: TimeAmount
    /// Between two requests.
    public var idle: TimeAmount
    /// Until a whole answer may be given up whose client has closed its side of the connection.
    var halfClosed = TimeAmount.seconds(5)

    /// The slowest client that can send a body of any length: 32 kbit/s, as a bad mobile connection has.
    static let bytesPerSecond = 4096

    public init(header: TimeAmount = .seconds(15), body: TimeAmount = .seconds(30), idle: TimeAmount = .seconds(75)) {
        self.header = header
        self.body = body
        self.idle = idle
    }

    /// Of a connection that only gets the error that there are too many.
    var ofReserve: ConnectionPatience {
        ConnectionPatience(
            header: min(header, .seconds(2)), body: min(body, .seconds(2)), idle: min(idle, .seconds(2)))
    }

    var shortest: TimeAmount { min(header, min(body, idle)) }
}
