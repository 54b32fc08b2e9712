public import AsyncHTTPClient
import EmberContext
import EmberEngine
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix

/// Sends requests to engines and upstreams and reads the beginning of their answers.
public struct EngineClient: Sendable {
    /// For upstreams, which may want TLS.
    private let client: HTTPClient
    /// For engines on this machine.
    private let wire: WireClient
    /// Whole answers of engines and upstreams.
    private let heldAnswers = HeldAnswers()

    public init(_ client: HTTPClient) {
        self.client = client
        wire = WireClient(heldAnswers: heldAnswers)
    }

    /// A client fit for upstreams: no redirects, no decompression, many connections.
    public static func makeHTTPClient() -> HTTPClient {
        var configuration = HTTPClient.Configuration()
        configuration.redirectConfiguration = .disallow
        configuration.timeout.connect = .seconds(10)
        // A connection that the upstream is about to drop is not taken again: five seconds are a usual limit.
        configuration.connectionPool.idleTimeout = .seconds(4)
        configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 4096
        // Ember decides itself what is tried again.
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }

    nonisolated(nonsending) func send(
        _ call: InferenceCall, _ edits: [BodyEdit], to route: EdgeRoute, name: String, claim: WireClaim?
    ) async throws -> EngineAnswer {
        let request =
            switch call.body(for: name, edits) {
            case .memory(let bytes): WireRequest(path: call.path, headers: call.headers, body: bytes, claim: claim)
            case .file(let file): WireRequest(path: call.path, headers: call.headers, pieces: file, claim: claim)
            }
        let answer = try await wire.post(request, to: route.engine.baseURL)
        let head = AnswerHead(status: answer.head.status, headers: answer.head.headers)
        var reached =
            switch answer.content {
            case .whole(let body): try await EngineAnswer(head, whole: body, call.form)
            case .pieces(let body): try await EngineAnswer(head, first: try await body.next(), rest: body)
            }
        reached.held = answer.held
        return reached
    }

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
        let (head, content, held) = try await withSilenceLimit(target.upstream.timeoutSeconds) {
            // The limit is for the whole of the answer's beginning, which the client's own is not.
            let response = try await client.execute(request, deadline: .distantFuture)
            let head = AnswerHead(status: response.status, headers: response.headers)
            let (content, held) = try await beginning(of: response, target)
            return (head, content, held)
        }
        var answer =
            switch content {
            case .whole(let body): try await EngineAnswer(head, whole: body, call.form)
            case .pieces(let first, let rest): try await EngineAnswer(head, first: first, rest: rest)
            }
        answer.held = held
        answer.target = target
        return answer
    }

    private func request(_ call: InferenceCall, _ edits: [BodyEdit], to target: CloudTarget) -> HTTPClientRequest {
        let upstream = target.upstream
        var request = HTTPClientRequest(url: upstream.url(path: call.path))
        request.method = .POST
        request.headers = call.headers
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
        if let length, length <= EngineAnswer.largestHeld, case .held(let held) = heldAnswers.hold(length) {
            return (.whole(try await response.body.collect(upTo: EngineAnswer.largestHeld)), held)
        }
        let reader = UpstreamBody(response.body, silenceLimit: target.upstream.timeoutSeconds)
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

    init(_ body: HTTPClientResponse.Body, silenceLimit: Double) {
        iterator = body.makeAsyncIterator()
        self.silenceLimit = silenceLimit
    }

    func next() async throws -> ByteBuffer? {
        try await withSilenceLimit(silenceLimit) { try await self.iterator.next() }
    }
}

extension CloudTarget {
    /// Whether an upstream can have heard of a request that failed so: not if there was no connection.
    static func mayHaveHeard(_ error: any Error) -> Bool {
        !(error is NIOConnectionError) && (error as? HTTPClientError) != .connectTimeout
    }
}
