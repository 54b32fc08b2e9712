import NIOCore
import NIOPosix
import Synchronization

/// A bare TCP connection, for what an HTTP client would never do.
final class Connection: Sendable {
    private let channel: any Channel
    private let collector: Collector

    private init(channel: any Channel, collector: Collector) {
        self.channel = channel
        self.collector = collector
    }

    static func open(port: Int) async throws -> Connection {
        let collector = Collector()
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .channelInitializer { channel in channel.pipeline.addHandler(collector) }
            .connect(host: "localhost", port: port).get()
        return Connection(channel: channel, collector: collector)
    }

    /// Everything received so far.
    var received: String { collector.text.withLock { $0 } }
    var isClosedByServer: Bool { collector.isClosed.withLock { $0 } }

    func send(_ text: String) async throws {
        try await channel.writeAndFlush(ByteBuffer(string: text)).get()
    }

    /// Sends a POST whose length is known.
    func post(_ path: String, _ body: String) async throws {
        try await send(
            "POST \(path) HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
    }

    func close() async throws {
        do { try await channel.close().get() } catch ChannelError.alreadyClosed {}
    }

    /// Closes it with a reset, which says that the client has gone for good.
    func reset() async throws {
        try await (channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
        try await close()
    }

    /// Whether the text comes within the tests' patience.
    func receives(_ text: String) async -> Bool { await eventually { self.received.contains(text) } }

    private final class Collector: ChannelInboundHandler, Sendable {
        typealias InboundIn = ByteBuffer
        let text = Mutex("")
        let isClosed = Mutex(false)

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let piece = String(buffer: unwrapInboundIn(data))
            text.withLock { $0 += piece }
        }

        func channelInactive(context: ChannelHandlerContext) {
            isClosed.withLock { $0 = true }
            context.fireChannelInactive()
        }
    }
}
