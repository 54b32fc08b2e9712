import HTTPTypes
import Hummingbird
import NIOCore
import Synchronization

/// A small HTTP server on the loopback interface in the place of an engine or an upstream.
///
/// It answers as the test says and keeps the requests it was sent.
final class EngineServer: Sendable {
    struct Received: Sendable {
        /// With its query.
        var path: String
        var headers: HTTPFields
        var body: ByteBuffer
    }
    typealias Answer = @Sendable (Received) async throws -> Response

    let url: String
    private let log: RequestLog

    private init(url: String, log: RequestLog) {
        self.url = url
        self.log = log
    }

    /// The requests so far.
    var received: [Received] { log.all.withLock { $0 } }
    /// Requests that the server is answering.
    var running: Int { log.running.withLock { $0 } }

    /// Runs `test` with a server that answers every request by `answer`.
    static func serve<Value>(
        _ answer: @escaping Answer, _ test: (EngineServer) async throws -> Value
    ) async throws -> Value {
        let log = RequestLog()
        let router = Router()
        for method in [HTTPRequest.Method.post, .get] {
            router.on("**", method: method) { request, _ in
                let body = try await request.body.collect(upTo: 64 << 20)
                let received = Received(path: request.uri.string, headers: request.headers, body: body)
                log.all.withLock { $0.append(received) }
                log.running.withLock { $0 += 1 }
                defer { log.running.withLock { $0 -= 1 } }
                return try await answer(received)
            }
        }
        let port = Later<Int>()
        let application = Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { port.fulfil($0.localAddress?.port ?? 0) }, logger: quietLogger)
        let running = Task { try await application.run() }
        defer { running.cancel() }
        let url = "http://127.0.0.1:\(await port.value())"
        return try await test(EngineServer(url: url, log: log))
    }

    private final class RequestLog: Sendable {
        let all = Mutex<[Received]>([])
        let running = Mutex(0)
    }
}

extension EngineServer.Received {
    var text: String { String(buffer: body) }
}

extension Response {
    static func json(_ text: String, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]) -> Response {
        var headers = headers
        headers[.contentType] = "application/json"
        return Response(status: status, headers: headers, body: .init(byteBuffer: ByteBuffer(string: text)))
    }

    /// An answer without a content-length, sent as `write` says.
    static func pieces(
        _ type: String, status: HTTPResponse.Status = .ok,
        _ write: @escaping @Sendable (inout any ResponseBodyWriter) async throws -> Void
    ) -> Response {
        Response(
            status: status, headers: [.contentType: type],
            body: .init { writer in
                try await write(&writer)
                try await writer.finish(nil)
            })
    }
}

extension ResponseBodyWriter {
    mutating func write(_ text: String) async throws { try await write(ByteBuffer(string: text)) }
}
