import Foundation
import Hummingbird
import Synchronization

/// What a test's server does with one request.
struct PullReply: Sendable {
    var status = 200
    var headers: [String: String] = [:]
    var body: [UInt8] = []
    /// Bytes after which the connection is cut; nil sends all.
    var cutAfter: Int?
    /// Bytes after which the server falls silent; nil sends all.
    var stallAfter: Int?
    /// Bytes after which the server sends the rest byte by byte, very slowly; nil sends all at once.
    var trickleAfter: Int?

    static func redirect(to target: String, headers: [String: String] = [:]) -> PullReply {
        PullReply(status: 302, headers: headers.merging(["Location": target]) { $1 })
    }
}

/// One request as the server saw it; header names are in lower case.
struct PullSeen: Sendable {
    let path: String
    let headers: [String: String]

    /// Where the requested range starts.
    var rangeStart: Int? { headers["range"].flatMap { Int($0.dropFirst("bytes=".count).dropLast()) } }

    /// The answer of a server that knows ranges.
    func file(_ content: [UInt8], etag: String? = nil, modified: String? = nil) -> PullReply {
        var reply = PullReply(body: content)
        reply.headers["ETag"] = etag
        reply.headers["Last-Modified"] = modified
        guard let start = rangeStart, headers["if-range"] == nil || headers["if-range"] == etag ?? modified
        else { return reply }
        guard start < content.count else { return PullReply(status: 416) }
        reply.status = 206
        reply.headers["Content-Range"] = "bytes \(start)-\(content.count - 1)/\(content.count)"
        reply.body = Array(content[start...])
        return reply
    }
}

/// An HTTP server on the loopback address that answers with a test's own function and remembers the requests.
final class PullTestSite: Sendable {
    typealias Answer = @Sendable (_ request: PullSeen, _ count: Int) async throws -> PullReply

    struct Cut: Error {}

    let port: Int
    private let log: Log

    private final class Log: Sendable {
        let requests = Mutex<[PullSeen]>([])
    }

    var requests: [PullSeen] { log.requests.withLock { $0 } }

    func url(_ path: String, host: String = "127.0.0.1") -> String { "http://\(host):\(port)\(path)" }

    /// A server to run; `count` is 1 for the first request.
    static func answering(_ answer: @escaping Answer) -> Plan { Plan(answer: answer) }

    struct Plan: Sendable {
        let answer: Answer

        /// Runs the server during `body`.
        func run<Value: Sendable>(
            _ body: @escaping @Sendable (PullTestSite) async throws -> Value
        ) async throws -> Value {
            try await PullTestSite.run(answer, during: body)
        }
    }

    private static func run<Value: Sendable>(
        _ answer: @escaping Answer, during body: @escaping @Sendable (PullTestSite) async throws -> Value
    ) async throws -> Value {
        let log = Log()
        let (ports, announce) = AsyncStream.makeStream(of: Int.self)
        let app = Application(
            responder: CallbackResponder<BasicRequestContext> { request, _ in
                var headers: [String: String] = [:]
                for field in request.headers { headers[field.name.canonicalName] = field.value }
                let seen = PullSeen(path: request.uri.path, headers: headers)
                let count = log.requests.withLock {
                    $0.append(seen)
                    return $0.count
                }
                return response(try await answer(seen, count))
            },
            configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { announce.yield($0.localAddress?.port ?? 0) },
            logger: quietPullLogger)
        let server = Task { try await app.runService(gracefulShutdownSignals: []) }
        defer { server.cancel() }
        var iterator = ports.makeAsyncIterator()
        return try await body(PullTestSite(port: await iterator.next() ?? 0, log: log))
    }

    private init(port: Int, log: Log) {
        self.port = port
        self.log = log
    }

    private static func response(_ reply: PullReply) -> Response {
        var headers = HTTPFields()
        for (name, value) in reply.headers { headers[HTTPFields.Element.Name(name)!] = value }
        let body = reply.body
        return Response(
            status: .init(code: reply.status), headers: headers,
            body: ResponseBody(contentLength: body.count) { writer in
                let sent = min(body.count, reply.cutAfter ?? reply.stallAfter ?? reply.trickleAfter ?? body.count)
                try await writer.write(ByteBuffer(bytes: body[..<sent]))
                if reply.cutAfter != nil {
                    // Lets the bytes arrive before the connection breaks.
                    try await Task.sleep(for: .milliseconds(100))
                    throw Cut()
                }
                if reply.stallAfter != nil { try await Task.sleep(for: .seconds(60)) }
                for byte in body[sent...] {
                    try await Task.sleep(for: .milliseconds(100))
                    try await writer.write(ByteBuffer(bytes: [byte]))
                }
                try await writer.finish(nil)
            })
    }
}
