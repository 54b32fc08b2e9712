import NIOCore
import NIOHTTP1

/// A connection to an engine, with at most one exchange on it at a time.
///
/// Unchecked, because its state is touched on its event loop only: `onEventLoop` ensures that.
final class WireConnection: ChannelInboundHandler, @unchecked Sendable {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundOut = HTTPClientRequestPart

    let eventLoop: any EventLoop
    /// In the order in which connections are opened.
    let number: Int
    private let baseURL: String
    private let pool: WirePool
    private var context: ChannelHandlerContext?
    private var exchange: WireExchange?
    /// Of the request that the engine works on.
    private var claim: WireClaim?
    /// The request was given up, and the engine has not closed its half of the connection yet.
    private var isDraining = false
    /// Nothing more is read from the engine until the reader has caught up.
    private var isPaused = false
    /// A long body has not been sent to its end.
    private var isSending = false

    init(to baseURL: String, number: Int, on eventLoop: any EventLoop, pool: WirePool) {
        self.baseURL = baseURL
        self.number = number
        self.eventLoop = eventLoop
        self.pool = pool
    }

    func onEventLoop(_ action: @escaping @Sendable () -> Void) {
        if eventLoop.inEventLoop { action() } else { eventLoop.execute(action) }
    }

    nonisolated(nonsending) func send(_ request: WireRequest, _ heldAnswers: HeldAnswers) async throws -> WireAnswer {
        let exchange = WireExchange(on: self, heldAnswers)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { waiter in
                onEventLoop {
                    exchange.begin(waiter)
                    self.begin(exchange, request)
                }
            }
        } onCancel: {
            exchange.abandon()
        }
    }

    func close() {
        onEventLoop { self.context?.close(promise: nil) }
    }

    /// Ends its exchange, if there is one, and the connection.
    func interrupt() {
        onEventLoop {
            if let context = self.context { self.close(context, because: WireError.interrupted) }
        }
    }

    private func begin(_ exchange: WireExchange, _ request: WireRequest) {
        guard let context else { return exchange.finish(.failure(WireError.closedBeforeAnswer)) }
        guard !exchange.isAbandoned else {
            exchange.finish(.failure(CancellationError()))
            return pool.giveBack(self, to: baseURL)
        }
        self.exchange = exchange
        claim = request.claim
        claim?.begin()
        var head = HTTPRequestHead(
            version: .http1_1, method: request.method, uri: request.path, headers: request.headers)
        head.headers.add(name: "host", value: "localhost")
        switch request.body {
        case .whole(let body):
            head.headers.add(name: "content-length", value: String(body.readableBytes))
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        case .pieces(let pieces):
            head.headers.add(name: "content-length", value: String(pieces.count))
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            isSending = true
            send(pieces, from: 0, of: exchange)
        }
    }

    /// Sends the next piece of a long body once the engine has taken the one before.
    private func send(_ pieces: any WirePieces, from offset: Int, of exchange: WireExchange) {
        // The engine has answered already, or the connection has ended.
        guard self.exchange === exchange, let context else { return }
        guard offset < pieces.count else {
            isSending = false
            return context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        }
        pieces.piece(at: offset, on: eventLoop).whenComplete { piece in
            guard self.exchange === exchange, let context = self.context else { return }
            switch piece {
            case .success(let piece) where piece.readableBytes > 0:
                // A write that fails ends the connection, which ends the exchange.
                context.writeAndFlush(self.wrapOutboundOut(.body(.byteBuffer(piece)))).whenSuccess {
                    self.send(pieces, from: offset + piece.readableBytes, of: exchange)
                }
            case .success: self.close(context, because: WireError.incompleteBody)
            case .failure(let error): self.close(context, because: error)
            }
        }
    }

    /// Ends an exchange whose answer is no longer wanted: only a closed connection stops the engine's work.
    func abandon(_ exchange: WireExchange) {
        guard self.exchange === exchange else { return }
        end(.failure(CancellationError()))
        guard claim != nil, let context else { return close() }
        isDraining = true
        context.close(mode: .output, promise: nil)
        if isPaused {
            isPaused = false
            context.read()
        }
    }

    func goOnReading() {
        guard isPaused, exchange?.wantsMore != false else { return }
        isPaused = false
        context?.read()
    }

    private func end(_ result: Result<Void, any Error>) {
        guard let exchange else { return }
        self.exchange = nil
        exchange.finish(result)
    }

    /// The engine has ended its work.
    private func settle() {
        claim?.end()
        claim = nil
    }

    // MARK: ChannelInboundHandler

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    // Nothing is read before the reader asks, so that a slow reader slows the engine down. An idle connection reads, to
    // learn of its end.
    func channelActive(context: ChannelHandlerContext) { context.read() }

    func channelReadComplete(context: ChannelHandlerContext) {
        isPaused = exchange?.wantsMore == false
        if !isPaused { context.read() }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard let exchange else { return drain(context, unwrapInboundIn(data)) }
        switch unwrapInboundIn(data) {
        case .head(let head): exchange.receive(head)
        case .body(let piece): exchange.receive(piece)
        case .end:
            self.exchange = nil
            settle()
            // Back in the pool before the reader goes on, whose next request may then find it.
            // What is left of a body that an early answer has cut short would be taken for the next request.
            let isReusable = exchange.isKeepAlive && !isSending
            if isReusable { pool.giveBack(self, to: baseURL) } else { context.close(promise: nil) }
            exchange.finish(.success(()))
        }
    }

    /// What comes after the exchange has ended.
    private func drain(_ context: ChannelHandlerContext, _ part: HTTPClientResponsePart) {
        guard isDraining else { return close(context, because: WireError.unexpectedData) }
        if case .end = part { context.close(promise: nil) }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A reset connection arrives as an error, an orderly end does not; to a caller both are the same.
        let isBroken = error is IOError || error is ChannelError
        close(context, because: isBroken ? brokenConnection : error)
    }

    func channelInactive(context: ChannelHandlerContext) {
        pool.forget(self, to: baseURL)
        settle()
        end(.failure(brokenConnection))
        self.context = nil
    }

    private var brokenConnection: WireError {
        exchange?.hasBegun == true ? .closedWithinAnswer : .closedBeforeAnswer
    }

    private func close(_ context: ChannelHandlerContext, because error: any Error) {
        pool.forget(self, to: baseURL)
        end(.failure(error))
        context.close(promise: nil)
    }
}
