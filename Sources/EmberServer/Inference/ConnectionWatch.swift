import NIOCore
import NIOHTTP1

/// A connection that an upstream had answered on before was closed before a byte of the next answer: the upstream ended
/// it as idle while the request was on its way. So the request may be sent once more.
struct ReusedConnectionClosed: Error, CustomStringConvertible {
    let description: String
}

/// Watches one connection to an upstream, below the client's own handler, for what only the connection knows: whether
/// it has been used before, and whether anything has come of an answer.
final class ConnectionWatch: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = HTTPClientRequestPart
    typealias OutboundOut = HTTPClientRequestPart

    private var requests = 0
    /// A request has been sent, and not a byte has come since.
    private var isUnanswered = false

    /// Between the decoder, to see bytes come, and the encoder, to see requests go.
    static func add(to channel: any Channel) -> EventLoopFuture<Void> {
        channel.eventLoop.submit {
            let pipeline = channel.pipeline.syncOperations
            let decoder = try pipeline.handler(type: ByteToMessageHandler<HTTPResponseDecoder>.self)
            try pipeline.addHandler(ConnectionWatch(), position: .before(decoder))
        }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .head = unwrapOutboundIn(data) {
            requests += 1
            isUnanswered = true
        }
        context.write(data, promise: promise)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        isUnanswered = false
        context.fireChannelRead(data)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard isUnanswered, requests > 1 else { return context.fireErrorCaught(error) }
        isUnanswered = false
        context.fireErrorCaught(ReusedConnectionClosed(description: "\(error)"))
    }

    func channelInactive(context: ChannelHandlerContext) {
        if isUnanswered, requests > 1 {
            isUnanswered = false
            // The client takes the first error that reaches it.
            context.fireErrorCaught(ReusedConnectionClosed(description: "the connection was closed"))
        }
        context.fireChannelInactive()
    }
}
