public import EmberSystem
public import NIOCore

/// Sends requests to engines on this machine, over connections that are kept.
///
/// It does less than a general HTTP client: no TLS, no redirects, no proxies, and a short whole answer wakes its reader
/// only once. A general client would be most of what Ember adds to a request.
public struct WireClient: Sendable {
    private let pool: WirePool
    private let heldAnswers: HeldAnswers

    /// - Parameters:
    ///   - longestIdle: a connection that was idle for longer is not used again, and is closed when it has been idle for
    ///     at most twice as long: llama-server drops one after five seconds, and an idle one occupies a thread of many a
    ///     server.
    ///   - heldAnswers: bounds the whole answers of all its requests together.
    public init(
        longestIdle: Duration = .seconds(2), heldAnswers: HeldAnswers = HeldAnswers(), time: TimeSource,
        connector: WireConnector
    ) {
        self.heldAnswers = heldAnswers
        pool = WirePool(connector, longestIdle: longestIdle, time: time)
    }

    /// Sends a request and returns the beginning of its answer; the whole answer, if that says it is short.
    ///
    /// Cancelling the task closes the connection, and so does letting go of an answer that has not been read to its
    /// end.
    ///
    /// - Parameter baseURL: `http://HOST:PORT`, or `http+unix://` and the socket's percent-encoded path.
    /// - Throws: `WireError`, `CancellationError`, `IOError` or `NIOConnectionError` if nothing listens there, or
    ///   `HTTPParserError`.
    nonisolated(nonsending) public func post(_ request: WireRequest, to baseURL: String) async throws -> WireAnswer {
        try await send(request, to: baseURL)
    }

    /// Reads what an engine has at a path, as `post` does.
    nonisolated(nonsending) public func get(_ path: String, from baseURL: String) async throws -> WireAnswer {
        try await send(WireRequest(getting: path), to: baseURL)
    }

    nonisolated(nonsending) private func send(_ request: WireRequest, to baseURL: String) async throws -> WireAnswer {
        while true {
            guard let connection = pool.takeIdle(to: baseURL) else {
                return try await pool.connect(to: baseURL).send(request, heldAnswers)
            }
            do {
                return try await connection.send(request, heldAnswers)
            } catch WireError.closedBeforeAnswer {
                // The engine closed an idle connection just when it was taken again: that says nothing about the
                // engine.
            }
        }
    }

    /// Ends all exchanges, and all that would still begin, with `WireError.interrupted`.
    public func interrupt() { pool.interrupt() }
}

/// Why an exchange with an engine failed.
public enum WireError: Error, Equatable {
    /// The connection ended before anything of the answer came.
    case closedBeforeAnswer
    /// The connection ended in the middle of the answer.
    case closedWithinAnswer
    /// The engine sent data without a request.
    case unexpectedData
    /// The request's body ended before the length that was announced.
    case incompleteBody
    case badURL(String)
    /// The client has ended all its exchanges.
    case interrupted
}
