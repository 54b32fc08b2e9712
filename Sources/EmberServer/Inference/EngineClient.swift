public import AsyncHTTPClient
import EmberEngine
import NIOCore
import NIOHTTP1

/// Sends requests to engines and upstreams and reads the beginning of their answers.
public struct EngineClient: Sendable {
    private let client: HTTPClient

    /// Larger answers with a known length are passed on piece by piece instead of being held back for a possible retry.
    private static let largestHeldAnswer = 16 << 20

    public init(_ client: HTTPClient) { self.client = client }

    /// A client fit for engines on this machine and upstreams: no redirects, no decompression, many connections.
    public static func makeHTTPClient() -> HTTPClient {
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.timeout.connect = .seconds(10)
        // llama-server drops a connection that is idle for five seconds.
        configuration.connectionPool.idleTimeout = .seconds(4)
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 4096
        // Ember decides itself what is tried again.
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    func send(_ call: InferenceCall, to route: EdgeRoute, name: String) async throws -> EngineAnswer {
        try await send(call, url: route.engine.baseURL + call.path, name: name, authorization: nil, timeout: nil)
    }

    func send(_ call: InferenceCall, to target: CloudTarget) async throws -> EngineAnswer {
        let upstream = target.upstream
        return try await send(
            call, url: upstream.url(path: call.path), name: target.model,
            authorization: upstream.authorization?.revealed, timeout: .seconds(Int64(upstream.timeoutSeconds)))
    }

    private func send(
        _ call: InferenceCall, url: String, name: String, authorization: String?, timeout: TimeAmount?
    ) async throws -> EngineAnswer {
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        request.headers = call.headers
        if let authorization { request.headers.replaceOrAdd(name: "authorization", value: authorization) }
        request.body = .bytes(call.body(for: name))
        let deadline = timeout.map { NIODeadline.now() + $0 } ?? .distantFuture
        let response = try await client.execute(request, deadline: deadline)
        let length = response.headers.first(name: "content-length").flatMap(Int.init)
        if let length, length <= Self.largestHeldAnswer {
            let body = try await response.body.collect(upTo: Self.largestHeldAnswer)
            return EngineAnswer(response, content: .whole(body))
        }
        let reader = BodyReader(response.body)
        return EngineAnswer(response, content: .pieces(first: try await reader.next(), rest: reader))
    }
}

/// An engine's answer of which the client has seen nothing yet.
struct EngineAnswer: Sendable {
    enum Content: Sendable {
        case whole(ByteBuffer)
        /// `first` is nil for an empty body.
        case pieces(first: ByteBuffer?, rest: BodyReader)
    }

    let status: HTTPResponseStatus
    let headers: HTTPHeaders
    let content: Content

    init(_ response: HTTPClientResponse, content: Content) {
        status = response.status
        headers = response.headers
        self.content = content
    }

    var isEventStream: Bool { headers.first(name: "content-type")?.hasPrefix("text/event-stream") == true }
}

/// Reads a body piece by piece, beginning in one function and going on in another.
///
/// Unchecked, because the iterator is not Sendable: one task at a time reads, first the one that awaits the answer's
/// beginning and then the one that writes it to the client.
final class BodyReader: @unchecked Sendable {
    private var iterator: HTTPClientResponse.Body.AsyncIterator

    init(_ body: HTTPClientResponse.Body) { iterator = body.makeAsyncIterator() }

    func next() async throws -> ByteBuffer? { try await iterator.next() }
}
