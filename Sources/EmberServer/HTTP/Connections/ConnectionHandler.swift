import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1

/// Handles a connection: its bounds, whether its client is there, its end when Ember ends, and the change between
/// HTTP/1 and Hummingbird's types.
///
/// `ConnectionSweep` gives it the time: nothing is scheduled for an ordinary request.
final class ConnectionHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPServerResponsePart

    let presence = ClientPresence()
    private let table: ConnectionTable
    private var patience: ConnectionPatience
    private var clock: ConnectionClock
    private var answers = OwedAnswers()
    private var fields = RecurringFields()
    private var guest: Guest?
    /// Whether what was read just now had anything of a request.
    private var sawPart = false
    /// Whether Ember has yet to ask for more.
    private var isReading = true
    /// Ember ends, and so does the connection once the answers that it owes are given.
    private var isQuiescing = false
    /// Nothing more is read from it, and nothing of an answer written.
    private var isOver = false
    /// The client has said that it sends no more: it may still read its answers.
    private var isHalfClosed = false

    private static let pauseBetweenProbes = TimeAmount.seconds(1)
    /// How long a client may take to read the last answer before the connection is closed for good.
    private static let lastWordPatience = TimeAmount.seconds(1)
    /// At least one turn of the event loop, which reads what has arrived.
    private static let pauseBeforeGivingUp = TimeAmount.milliseconds(10)

    init(_ table: ConnectionTable) {
        self.table = table
        patience = table.limits.patience
        // It is opened once it is active.
        clock = ConnectionClock(patience, openedAt: .uptimeNanoseconds(0))
    }

    // MARK: Coming and going

    func channelActive(context: ChannelHandlerContext) {
        let me = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
        let now = context.eventLoop.now
        let guest = table.admit(ClientAddress(context.channel.remoteAddress), at: now) {
            [eventLoop = context.eventLoop] in
            eventLoop.execute { me.value.handler.giveUp(me.value.context) }
        }
        self.guest = guest
        if guest.standing != .served { patience = patience.ofReserve }
        clock = ConnectionClock(patience, openedAt: now)
        noteQuiet(at: now)
        context.fireChannelActive()
        if case .turnedAway(let bound) = guest.standing {
            say(.tooManyConnections(bound, table.limits), context)
        } else {
            table.sweep.add(self, on: context.eventLoop) { me.value.handler.timePassed($0, me.value.context) }
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        if let guest { table.remove(guest) }
        guest = nil
        isOver = true
        table.sweep.remove(self)
        presence.goneNow()
        context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case is ChannelShouldQuiesceEvent:
            isQuiescing = true
            if !clock.owesAnswer { context.close(promise: nil) }
        case ChannelEvent.inputClosed:
            inputClosed(context)
            context.fireUserInboundEventTriggered(event)
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    /// The client has closed its side: it sends no more, or it has gone. TCP does not distinguish the two.
    private func inputClosed(_ context: ChannelHandlerContext) {
        isHalfClosed = true
        guard clock.owesOnlyAnswers else { return presence.goneNow() }
        presence.halfClosedNow()
        probe(context)
    }

    /// Writes a comment into a stream now and then: where the client has gone, its system answers with a reset.
    private func probe(_ context: ChannelHandlerContext) {
        context.eventLoop.assumeIsolated().scheduleTask(in: Self.pauseBetweenProbes) {
            guard !self.isOver, self.clock.owesAnswer, context.channel.isActive else { return }
            if self.answers.isBetweenEvents {
                let comment = ByteBuffer(string: ": are you there?\n\n")
                context.writeAndFlush(self.wrapOutboundOut(.body(.byteBuffer(comment))), promise: nil)
            }
            self.probe(context)
        }
    }

    private func noteQuiet(at now: NIODeadline) {
        guard let guest else { return }
        if clock.isQuiet, guest.standing == .served {
            guest.isQuiet(since: now, hasServed: clock.hasServed)
        } else {
            guest.isBusy()
        }
    }

    /// Another connection gets this one's place, unless this one has asked something in the meantime.
    ///
    /// A client that has just connected may have sent its request already. The pause lets the event loop read it first:
    /// closing over unread bytes would reset the connection, and the client would not know why.
    private func giveUp(_ context: ChannelHandlerContext) {
        context.eventLoop.assumeIsolated().scheduleTask(in: Self.pauseBeforeGivingUp) {
            guard let guest = self.guest, !self.isOver, context.channel.isActive else { return }
            guard self.clock.isQuiet else { return self.table.keep(guest) }
            self.isOver = true
            context.close(promise: nil)
        }
    }

    // MARK: What comes

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard !isOver else { return }
        sawPart = true
        switch unwrapInboundIn(data) {
        case .head(let head): take(head, context)
        case .body(let bytes):
            clock.bodyCame(bytes: bytes.readableBytes)
            if !answers.dropsBody { context.fireChannelRead(wrapInboundOut(.body(bytes))) }
        case .end(let trailers):
            clock.requestEnded()
            answers.bodyEnded()
            context.fireChannelRead(wrapInboundOut(.end(trailers.map { HTTPFields($0, splitCookie: false) })))
        }
    }

    private func take(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        let request: HTTPRequest
        do { request = try self.request(head, on: context.channel) } catch { return refuse(error, context) }
        clock.headCame()
        answers.requestCame(head)
        guest?.isBusy()
        if case .reserve(let bound) = guest?.standing, !Self.asksForHealth(request) {
            return say(.tooManyConnections(bound, table.limits), context)
        }
        context.fireChannelRead(wrapInboundOut(.head(request)))
    }

    private func request(_ head: HTTPRequestHead, on channel: any Channel) throws -> HTTPRequest {
        guard RequestLine.isSpecial(head) else { return try fields.request(head) }
        return try HTTPRequest(RequestLine.settled(head, on: channel), secure: false, splitCookie: false)
    }

    /// What cannot be read as HTTP is answered, unless earlier requests of the connection still wait for their answers.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard error is HTTPParserError else { return context.fireErrorCaught(error) }
        refuse(error, context)
    }

    private func refuse(_ error: any Error, _ context: ChannelHandlerContext) {
        guard !isOver else { return }
        guard !clock.owesAnswer else { return context.close(promise: nil) }
        say(.unreadable(error), context)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if sawPart {
            clock.waits(from: context.eventLoop.now)
        } else {
            clock.partOfHeadCame(at: context.eventLoop.now)
        }
        (sawPart, isReading) = (false, false)
        context.fireChannelReadComplete()
        if answers.dropsBody { read(context: context) }
    }

    func read(context: ChannelHandlerContext) {
        isReading = true
        context.read()
    }

    // MARK: What goes

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard !isOver else {
            promise?.fail(ChannelError.ioOnClosedChannel)
            return
        }
        switch unwrapOutboundIn(data) {
        case .head(let head): beginAnswer(HTTPResponseHead(head), promise, context)
        case .body(let bytes):
            guard !answers.isHeadAlone else { return succeed(promise) }
            answers.wrote(bytes)
            context.write(wrapOutboundOut(.body(.byteBuffer(bytes))), promise: promise)
        case .end(let trailers):
            endAnswer(wrapOutboundOut(.end(trailers.map(HTTPHeaders.init))), promise, context)
        }
    }

    private func succeed(_ promise: EventLoopPromise<Void>?) { promise?.succeed() }

    private func beginAnswer(
        _ head: HTTPResponseHead, _ promise: EventLoopPromise<Void>?, _ context: ChannelHandlerContext
    ) {
        clock.answerBegan()
        var head = head
        answers.begin(&head, isLast: isLastAnswer)
        context.write(wrapOutboundOut(.head(head)), promise: promise)
    }

    /// Whether no answer comes behind the next one, whatever its request says.
    private var isLastAnswer: Bool { guest?.standing != .served || table.drain.hasBegun }

    private func endAnswer(_ part: NIOAny, _ promise: EventLoopPromise<Void>?, _ context: ChannelHandlerContext) {
        let now = context.eventLoop.now
        clock.answerEnded(at: now)
        noteQuiet(at: now)
        let closes = answers.end()
        if isLastAnswer || closes {
            context.writeAndFlush(part, promise: promise)
            end(context)
            if answers.dropsBody { read(context: context) }
            return
        }
        if isQuiescing, !clock.owesAnswer {
            context.writeAndFlush(part, promise: promise)
            return context.close(promise: nil)
        }
        context.write(part, promise: promise)
        if answers.dropsBody { read(context: context) }
    }

    /// "100 Continue", once Ember wants a body that its client holds back.
    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        guard event is BodyWanted else {
            return context.triggerUserOutboundEvent(event, promise: promise)
        }
        succeed(promise)
        guard !isOver, answers.wantBody() else { return }
        let head = HTTPResponseHead(version: .http1_1, status: .continue)
        context.writeAndFlush(wrapOutboundOut(.head(head)), promise: nil)
    }

    /// NIO closes a half-closed connection at once where its output is closed: the answer goes out first.
    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard mode == .output, isHalfClosed else { return context.close(mode: mode, promise: promise) }
        let written = context.eventLoop.makePromise(of: Void.self)
        context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(ByteBuffer()))), promise: written)
        written.futureResult.assumeIsolated().whenComplete { _ in context.close(mode: .all, promise: promise) }
    }

    private static func asksForHealth(_ head: HTTPRequest) -> Bool {
        (try? RequestTarget(head.path ?? ""))?.path == HealthRoutes.path
    }

    // MARK: Time

    private func timePassed(_ now: NIODeadline, _ context: ChannelHandlerContext) {
        guard !isOver else { return }
        if !isReading { clock.excuse(at: now) }
        guard let deadline = clock.deadline, deadline.at <= now else { return }
        table.noteTimeout()
        switch deadline.lapse {
        case .silent: end(context)
        case .head: say(.headTooSlow(patience), context)
        case .body: say(.bodyTooSlow(patience), context)
        }
    }

    // MARK: The end

    /// An answer that is the connection's last.
    private func say(_ error: APIError, _ context: ChannelHandlerContext) {
        let body = error.body(in: .other)
        var headers: HTTPFields = [
            .contentType: "application/json", .connection: "close", .contentLength: String(body.readableBytes),
        ]
        if let seconds = error.retryAfterSeconds { headers[.retryAfter] = String(seconds) }
        let head = HTTPResponseHead(HTTPResponse(status: error.status, headerFields: headers))
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if !answers.isHeadAlone {
            context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil)
        }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
        end(context)
    }

    /// Closes in such a way that the client gets the last answer, though it may still be sending.
    private func end(_ context: ChannelHandlerContext) {
        isOver = true
        let closed = context.eventLoop.makePromise(of: Void.self)
        close(context: context, mode: .output, promise: closed)
        // Once the client's system has it all.
        closed.futureResult.assumeIsolated().whenComplete { _ in
            context.eventLoop.assumeIsolated().scheduleTask(in: Self.lastWordPatience) {
                if context.channel.isActive { context.close(promise: nil) }
            }
        }
    }
}

extension APIError {
    fileprivate static func tooManyConnections(_ bound: ConnectionTable.Bound, _ limits: ConnectionLimits) -> APIError {
        let message =
            switch bound {
            case .total: "\(limits.total) connections are open, as many as may be (connections.limit)."
            case .address:
                "Your address has \(limits.perAddress) connections open, as many as it may "
                    + "(connections.limit_per_address)."
            }
        return APIError(
            status: .serviceUnavailable, message: message + " Close some, or try again.", type: "server_error",
            code: "too_many_connections", retryAfterSeconds: 1)
    }

    fileprivate static func headTooSlow(_ patience: ConnectionPatience) -> APIError {
        tooSlow("The request's head did not come within \(patience.header.text) (connections.header_timeout).")
    }

    fileprivate static func bodyTooSlow(_ patience: ConnectionPatience) -> APIError {
        tooSlow(
            "The request's body did not come within \(patience.body.text) and a second for every "
                + "\(ConnectionPatience.bytesPerSecond) bytes of it (connections.body_timeout).")
    }

    fileprivate static func unreadable(_ error: any Error) -> APIError {
        if case HTTPParserError.headerOverflow = error {
            return APIError(
                status: .requestHeaderFieldsTooLarge,
                message:
                    "The request's head exceeds \(ConnectionLimits.largestHead) bytes. Send fewer or shorter fields.",
                type: "invalid_request_error", code: "head_too_large")
        }
        return .invalidRequest(
            "This is not a request of HTTP/1.1 or HTTP/1.0: \(String(describing: error).prefix(200)).",
            code: "unreadable_request")
    }

    private static func tooSlow(_ message: String) -> APIError {
        APIError(status: .requestTimeout, message: message, type: "invalid_request_error", code: "request_timeout")
    }
}

extension TimeAmount {
    /// As in "15 s".
    fileprivate var text: String {
        let milliseconds = nanoseconds / 1_000_000
        return milliseconds % 1000 == 0 ? "\(milliseconds / 1000) s" : "\(milliseconds) ms"
    }
}
