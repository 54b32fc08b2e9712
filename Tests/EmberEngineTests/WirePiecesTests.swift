import EmberEngine
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization
import Testing

/// Long bodies that are sent piece by piece, and the bound of whole answers.
@Suite struct WirePiecesTests {
    /// Makes pieces and counts them.
    private final class Pieces: WirePieces {
        let count: Int
        let made = Mutex(0)
        private let piece: Int
        private let failsAt: Int

        init(count: Int, piece: Int = 64 << 10, failsAt: Int = .max) {
            (self.count, self.piece, self.failsAt) = (count, piece, failsAt)
        }

        static func byte(at place: Int) -> UInt8 { UInt8(ascii: "a") + UInt8(place % 23) }

        func piece(at offset: Int, on eventLoop: any EventLoop) -> EventLoopFuture<ByteBuffer> {
            guard offset < failsAt else { return eventLoop.makeFailedFuture(IOError(errnoCode: 5, reason: "read")) }
            let range = offset..<min(offset + piece, count)
            made.withLock { $0 += range.count }
            // The bytes of very long bodies are not compared.
            let isCompared = count < 1 << 20
            return eventLoop.makeSucceededFuture(
                isCompared ? ByteBuffer(bytes: range.map(Self.byte)) : ByteBuffer(repeating: 0, count: range.count))
        }
    }

    private static let short = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello"
    private let client = WireClient(longestIdle: .seconds(600), time: .system, connector: .sockets)

    private func post(_ pieces: Pieces, to url: String) async throws -> WireAnswer {
        try await client.post(WireRequest(path: "/", headers: [:], pieces: pieces), to: url)
    }

    @Test(arguments: [1, 1000, 300_000])
    func thePiecesArriveAsOneBodyAndTheConnectionServesAgain(_ count: Int) async throws {
        let server = try await ScriptedServer { _ in [.send(Self.short)] }
        for number in 1...3 {
            let answer = try await post(Pieces(count: count, piece: 7000), to: server.baseURL)
            #expect(answer.head.status == .ok)
            let text = server.seen.requests[number - 1].text
            #expect(text.contains("content-length: \(count)\r\n"))
            let body = text.utf8.suffix(count)
            #expect(body.enumerated().allSatisfy { $1 == Pieces.byte(at: $0) })
        }
        #expect(server.seen.connections == 1)
        await server.stop()
    }

    /// A connection that was closed while it was idle costs a long body nothing: it is sent once more.
    @Test func aClosedIdleConnectionCostsNoLongBody() async throws {
        let server = try await ScriptedServer { request in
            request.number == 2 && request.connection == 1 ? [.close] : [.send(Self.short)]
        }
        for _ in 1...2 { _ = try await post(Pieces(count: 100_000), to: server.baseURL) }
        #expect(server.seen.connections == 2)
        #expect(server.seen.requests.last?.text.utf8.suffix(100_000).first == Pieces.byte(at: 0))
        await server.stop()
    }

    @Test func anEngineThatDoesNotReadIsNotSentEverything() async throws {
        let server = try await StalledServer()
        let pieces = Pieces(count: 64 << 20)
        let posting = Task { try await post(pieces, to: server.url) }
        // Until no more is taken.
        var (last, made) = (-1, 0)
        for _ in 0..<200 where made == 0 || made != last {
            try await Task.sleep(for: .milliseconds(100))
            (last, made) = (made, pieces.made.withLock { $0 })
        }
        // Sockets' buffers hold a few megabytes, not sixty-four.
        #expect(made > 0 && made < 32 << 20)
        server.goOn()
        #expect(try await posting.value.head.status == .ok)
        #expect(pieces.made.withLock { $0 } == 64 << 20)
        await server.stop()
    }

    @Test func anAnswerBeforeTheBodysEndIsHeardAndTheConnectionIsNotUsedAgain() async throws {
        let server = try await StalledServer(answersAtOnce: "HTTP/1.1 413 Too Long\r\ncontent-length: 0\r\n\r\n")
        let pieces = Pieces(count: 64 << 20)
        for _ in 1...2 { #expect(try await post(pieces, to: server.url).head.status == .payloadTooLarge) }
        #expect(server.connections == 2)
        #expect(pieces.made.withLock { $0 } < 64 << 20)
        await server.stop()
    }

    @Test func aBodyThatCannotBeReadFailsItsRequestAndNoOther() async throws {
        let server = try await ScriptedServer { _ in [.send(Self.short)] }
        await #expect(throws: IOError.self) {
            try await post(Pieces(count: 1 << 20, failsAt: 500_000), to: server.baseURL)
        }
        #expect(try await server.sees { $0.closedConnections == 1 })
        #expect(try await post(Pieces(count: 1000), to: server.baseURL).head.status == .ok)
        await server.stop()
    }

    @Test func cancellingWithinALongBodyClosesTheConnection() async throws {
        let server = try await StalledServer()
        let posting = Task { try await post(Pieces(count: 64 << 20), to: server.url) }
        try await Task.sleep(for: .milliseconds(100))
        posting.cancel()
        await #expect(throws: CancellationError.self) { _ = try await posting.value }
        await server.stop()
    }

    @Test func wholeAnswersAreHeldBackOnlyAsFarAsThereIsRoom() async throws {
        let long = "HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n" + String(repeating: "x", count: 100_000)
        let server = try await ScriptedServer { _ in [.send(long)] }
        let client = WireClient(
            longestIdle: .seconds(600), heldAnswers: HeldAnswers(limit: 250_000), time: .system, connector: .sockets)
        func isWhole(_ answer: WireAnswer) -> Bool { if case .whole = answer.content { true } else { false } }
        var kept: [WireAnswer] = []
        for _ in 1...3 {
            let request = WireRequest(path: "/", headers: [:], body: ByteBuffer())
            kept.append(try await client.post(request, to: server.baseURL))
        }
        #expect(kept.map(isWhole) == [true, true, false])
        kept = []
        let next = try await client.post(WireRequest(path: "/", headers: [:], body: ByteBuffer()), to: server.baseURL)
        #expect(isWhole(next))
        await server.stop()
    }
}

/// A server that reads nothing before the test lets it, then everything, and answers once 64 MiB have come; or one that
/// answers what it reads first and reads no more.
private final class StalledServer: Sendable {
    let url: String
    private let channel: any Channel
    private let opened: Opened

    var connections: Int { opened.all.withLock { $0.count } }

    private final class Reader: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private var count = 0
        private let answer: String?

        init(_ answer: String?) { self.answer = answer }

        func channelActive(context: ChannelHandlerContext) {
            if answer != nil { context.read() }
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            if let answer { return context.writeAndFlush(NIOAny(ByteBuffer(string: answer)), promise: nil) }
            count += unwrapInboundIn(data).readableBytes
            guard count > 64 << 20, count - unwrapInboundIn(data).readableBytes <= 64 << 20 else { return }
            let answer = ByteBuffer(string: "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
            context.writeAndFlush(NIOAny(answer), promise: nil)
        }
    }

    private final class Opened: Sendable {
        let all = Mutex<[any Channel]>([])
    }

    init(answersAtOnce answer: String? = nil) async throws {
        let opened = Opened()
        self.opened = opened
        channel = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup)
            .childChannelOption(.autoRead, value: false)
            .childChannelInitializer { channel in
                opened.all.withLock { $0.append(channel) }
                return channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Reader(answer))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        url = "http://127.0.0.1:\(channel.localAddress?.port ?? 0)"
    }

    func goOn() {
        for channel in opened.all.withLock({ $0 }) { channel.setOption(.autoRead, value: true).whenComplete { _ in } }
    }

    func stop() async {
        try? await channel.close()
        for channel in opened.all.withLock({ $0 }) { try? await channel.close() }
    }
}
