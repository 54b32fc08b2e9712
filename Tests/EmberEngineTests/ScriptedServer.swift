import NIOCore
import NIOPosix
import Synchronization

/// A server that reads requests with a content-length and answers each with the bytes that a script gives, whether
/// these are HTTP or not.
final class ScriptedServer: Sendable {
    struct Step: Sendable {
        var bytes = ""
        /// How often it is sent.
        var times = 1
        var closes = false

        static func send(_ bytes: String, times: Int = 1) -> Step { Step(bytes: bytes, times: times) }
        static let close = Step(closes: true)
    }

    /// Which request this is: the how manieth of all, on the how manieth connection.
    struct Request: Sendable {
        var number: Int
        var connection: Int
        var text: String
    }

    struct Record {
        var connections = 0
        var closedConnections = 0
        /// Connections of which the client has closed its half.
        var halfClosedConnections = 0
        var requests: [Request] = []
        var bytesWritten = 0
    }

    typealias Script = @Sendable (Request) -> [Step]
    private let channel: any Channel
    private let record: Shared
    let baseURL: String

    fileprivate final class Shared: Sendable {
        let script: Script
        let record = Mutex(Record())
        let open = Mutex<[any Channel]>([])
        init(_ script: @escaping Script) { self.script = script }
    }

    /// - Parameters:
    ///   - socket: the path of a Unix socket; nil: a free port.
    ///   - worksOn: its half of a connection stays open when the client has closed the other, until `closeConnections`.
    init(socket: String? = nil, baseURL: String? = nil, worksOn: Bool = false, _ script: @escaping Script) async throws
    {
        let shared = Shared(script)
        let bootstrap = ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelOption(.allowRemoteHalfClosure, value: worksOn)
            .childChannelInitializer { channel in
                shared.open.withLock { $0.append(channel) }
                return channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(ScriptedConnection(shared))
                }
            }
        if let socket {
            channel = try await bootstrap.bind(unixDomainSocketPath: socket).get()
        } else {
            channel = try await bootstrap.bind(host: "127.0.0.1", port: 0).get()
        }
        self.baseURL = baseURL ?? "http://127.0.0.1:\(channel.localAddress?.port ?? 0)"
        record = shared
    }

    var seen: Record { record.record.withLock { $0 } }

    /// Waits until what the server has seen is so; false if it is not within two seconds.
    func sees(_ isSo: (Record) -> Bool) async throws -> Bool {
        for _ in 0..<200 {
            if isSo(seen) { return true }
            try await Task.sleep(for: .milliseconds(10))
        }
        return isSo(seen)
    }

    /// Writes to all connections.
    func send(_ text: String) async throws {
        for connection in record.open.withLock({ $0 }) {
            try await connection.writeAndFlush(ByteBuffer(string: text)).get()
        }
    }

    /// Closes the connections, too: other tests count this process's open files.
    func stop() async {
        try? await channel.close()
        await closeConnections()
    }

    func closeConnections() async {
        for connection in record.open.withLock({ $0 }) { try? await connection.close() }
    }
}

private final class ScriptedConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let shared: ScriptedServer.Shared
    private var number = 0
    private var unread = ""

    init(_ shared: ScriptedServer.Shared) { self.shared = shared }

    func channelActive(context: ChannelHandlerContext) {
        number = shared.record.withLock { record in
            record.connections += 1
            return record.connections
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        shared.record.withLock { $0.closedConnections += 1 }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case ChannelEvent.inputClosed = event { shared.record.withLock { $0.halfClosedConnections += 1 } }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        unread += String(buffer: unwrapInboundIn(data))
        guard let text = completeRequest() else { return }
        unread = ""
        let request = shared.record.withLock { record in
            let request = ScriptedServer.Request(
                number: record.requests.count + 1, connection: number, text: text)
            record.requests.append(request)
            return request
        }
        for step in shared.script(request) { perform(step, context) }
    }

    private func completeRequest() -> String? {
        guard let headEnd = unread.firstRange(of: "\r\n\r\n"),
            let field = unread.firstRange(of: "content-length: "),
            let length = Int(unread[field.upperBound...].prefix { $0.isNumber })
        else { return nil }
        return unread[headEnd.upperBound...].utf8.count >= length ? unread : nil
    }

    private func perform(_ step: ScriptedServer.Step, _ context: ChannelHandlerContext) {
        let shared = shared
        for _ in 0..<(step.bytes.isEmpty ? 0 : step.times) {
            let bytes = ByteBuffer(string: step.bytes)
            let count = bytes.readableBytes
            context.writeAndFlush(wrapOutboundOut(bytes)).whenSuccess {
                shared.record.withLock { $0.bytesWritten += count }
            }
        }
        if step.closes { context.close(promise: nil) }
    }
}
