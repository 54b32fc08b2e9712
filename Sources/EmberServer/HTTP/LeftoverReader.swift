import NIOCore
import NIOHTTPTypes

/// Reads on, and drops, what is left of a body when its request has been answered.
///
/// Many clients send everything before they read anything. One whose body was refused early would wait for Ember to read on
/// while Ember waited for it to close.
final class LeftoverReader: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    /// Requests without the end of their answers.
    private var unanswered = 0
    private var isBodyDue = false
    private var drops = false

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head:
            unanswered += 1
            isBodyDue = true
        case .body:
            if drops { return }
        case .end: (isBodyDue, drops) = (false, false)
        }
        context.fireChannelRead(data)
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        context.fireChannelReadComplete()
        if drops { context.read() }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        context.write(data, promise: promise)
        guard case .end = unwrapOutboundIn(data) else { return }
        unanswered -= 1
        // With more unanswered, what comes belongs to a later request.
        guard isBodyDue, unanswered == 0 else { return }
        drops = true
        context.read()
    }
}
