public import AsyncHTTPClient
import EmberContext
import EmberEngine
public import EmberNetwork
import EmberSystem
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix

/// Sends requests to upstreams and reads the beginning of their answers.
public struct UpstreamClient: Sendable {
    /// They may want TLS, and are reached in different ways.
    private let client: NetworkClients
    private let heldAnswers: HeldAnswers
    private let time: TimeSource

    init(_ client: NetworkClients, _ heldAnswers: HeldAnswers, _ time: TimeSource) {
        self.client = client
        self.heldAnswers = heldAnswers
        self.time = time
    }

    /// A client fit for upstreams: no redirects, no decompression, many connections.
    public static func makeHTTPClient() -> HTTPClient {
        HTTPClient(eventLoopGroupProvider: .singleton, configuration: upstreamConfiguration())
    }

    /// The same, for upstreams that are reached in different ways.
    public static func makeClients() -> NetworkClients { NetworkClients(upstreamConfiguration()) }

    private static func upstreamConfiguration(usesPerConnection: Int? = nil) -> HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.timeout.connect = .seconds(10)
        // What becomes of a connection is then the matter of one request, and `ConnectionWatch` knows it.
        configuration.httpVersion = .http1Only
        configuration.http1_1ConnectionDebugInitializer = { ConnectionWatch.add(to: $0) }
        configuration.maximumUsesPerConnection = usesPerConnection
        // A connection that the upstream is about to drop is not taken again: five seconds are a usual limit.
        configuration.connectionPool.idleTimeout = .seconds(4)
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 4096
        // Ember decides itself what is tried again.
        configuration.connectionPool.retryConnectionEstablishment = false
        return configuration
    }

    /// For second tries: its connections are new. It keeps none, so that nothing is left of it to be shut down.
    private static let unpooled = NetworkClients(upstreamConfiguration(usesPerConnection: 1))
    private var secondTries: NetworkClients { client.areGiven ? client : Self.unpooled }

    /// Ends everything that upstreams are asked. Returns once their connections are closed.
    func shutDown() async { try? await client.shutdown() }

    func send(_ call: InferenceCall, to target: CloudTarget) async throws -> EngineAnswer {
        guard call.asksForUsage(of: target) else { return try await send(call, [], to: target) }
        var answer = try await send(call, call.usageWish, to: target)
        // Some refuse what they do not know: then the client's own words alone.
        guard ![.badRequest, .unprocessableEntity].contains(answer.status) else {
            return try await send(call, [], to: target)
        }
        answer.hidesUsage = true
        return answer
    }

    private func send(_ call: InferenceCall, _ edits: [BodyEdit], to target: CloudTarget) async throws -> EngineAnswer {
        let request = request(call, edits, to: target)
        let declared = DeclaredAnswer(call)
        let (head, content, held) = try await withSilenceLimit(target.upstream.timeoutSeconds, by: time) {
            // The limit is for the whole of the answer's beginning, which the client's own is not.
            let response = try await follow(request, target.upstream)
            let head = try declared.check(AnswerHead(status: response.status, headers: response.headers))
            let (content, held) = try await beginning(of: response, target)
            return (head, content, held)
        }
        var answer =
            switch content {
            case .whole(let body): try await EngineAnswer(head, whole: body, call.form)
            case .pieces(let first, let rest):
                try await EngineAnswer(head, first: first, rest: rest, checksEnd: false)
            }
        answer = try declared.check(answer, head)
        answer.held = held
        answer.come(from: target)
        return answer
    }

    /// Sends the request, and sends it on where the upstream says so and that is allowed.
    private func follow(_ request: HTTPClientRequest, _ upstream: RemoteEngine) async throws -> HTTPClientResponse {
        var request = request
        for _ in 0..<UpstreamRedirect.most {
            let response = try await execute(request, by: upstream.way)
            let head = AnswerHead(status: response.status, headers: response.headers)
            guard let next = try UpstreamRedirect.target(of: head, from: request.url) else { return response }
            request.url = next
        }
        let response = try await execute(request, by: upstream.way)
        guard UpstreamRedirect.statuses.contains(response.status.code) else { return response }
        throw OddAnswer.redirect(
            AnswerHead(status: response.status, headers: response.headers),
            "it has sent the request on \(UpstreamRedirect.most) times already")
    }

    /// Sends it once more, over a new connection, where the one that it took had been used before and was closed
    /// without a byte of an answer.
    private func execute(_ request: HTTPClientRequest, by way: NetworkWay) async throws -> HTTPClientResponse {
        do { return try await client.execute(request, by: way, deadline: .distantFuture) } catch {
            // On a connection that is closed already nothing was sent.
            guard error is ReusedConnectionClosed || (error as? ChannelError) == .ioOnClosedChannel else { throw error }
            try Task.checkCancellation()
            return try await secondTries.execute(request, by: way, deadline: .distantFuture)
        }
    }

    private func request(_ call: InferenceCall, _ edits: [BodyEdit], to target: CloudTarget) -> HTTPClientRequest {
        let upstream = target.upstream
        var request = HTTPClientRequest(url: upstream.url(path: call.path))
        request.method = .POST
        request.headers = call.headers
        // Nothing said would mean that any will do.
        request.headers.replaceOrAdd(name: "accept-encoding", value: "identity")
        if let authorization = upstream.authorization {
            request.headers.replaceOrAdd(name: "authorization", value: authorization.revealed)
        }
        request.body =
            switch call.body(for: target.model, call.bounds(for: target) + edits) {
            case .memory(let bytes): .bytes(bytes)
            case .file(let file): .stream(file, length: .known(Int64(file.count)))
            }
        return request
    }

    private func beginning(
        of response: HTTPClientResponse, _ target: CloudTarget
    ) async throws -> (EngineAnswer.Content, HeldAnswer?) {
        let length = response.headers.first(name: "content-length").flatMap(Int.init)
        // Of an error only the beginning counts, however long it is.
        if response.status.code < 400, let length, length <= EngineAnswer.largestHeld,
            case .held(let held) = heldAnswers.hold(length)
        {
            return (.whole(try await response.body.collect(upTo: EngineAnswer.largestHeld)), held)
        }
        let reader = UpstreamBody(response.body, silenceLimit: target.upstream.timeoutSeconds, time)
        return (.pieces(first: try await reader.next(), rest: reader), nil)
    }
}

/// The rest of an upstream's answer.
///
/// Unchecked, because the iterator is not Sendable: one task at a time reads, first the one that awaits the answer's
/// beginning and then the one that writes it to the client.
private final class UpstreamBody: AnswerBody, @unchecked Sendable {
    private var iterator: HTTPClientResponse.Body.AsyncIterator
    private let silenceLimit: Double
    private let time: TimeSource

    init(_ body: HTTPClientResponse.Body, silenceLimit: Double, _ time: TimeSource) {
        iterator = body.makeAsyncIterator()
        self.silenceLimit = silenceLimit
        self.time = time
    }

    func next() async throws -> ByteBuffer? {
        try await withSilenceLimit(silenceLimit, by: time) { try await self.iterator.next() }
    }
}

extension CloudTarget {
    /// Whether it may charge for a request that failed so: it has received it, and what it sent is not certainly worth
    /// nothing.
    func mayBill(_ error: any Error) -> Bool {
        if error is SpendingNotRecorded { return false }
        return (error as? OddAnswer)?.isBilled ?? !ConnectionFailure(error, upstream).isBeforeRequest
    }
}
