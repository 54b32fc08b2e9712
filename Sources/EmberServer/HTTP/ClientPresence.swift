import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import Synchronization

/// Notices that a connection's client has gone, also while nothing is read from or written to it.
final class ClientPresence: ChannelInboundHandler, RemovableChannelHandler, Sendable {
    typealias InboundIn = NIOAny
    typealias InboundOut = NIOAny

    private struct State {
        var isGone = false
        var whenGone: (@Sendable () -> Void)?
    }
    private let state = Mutex(State())

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        // The server allows half-closed connections, so the client's close arrives as this event.
        if case ChannelEvent.inputClosed = event { goneNow() }
        context.fireUserInboundEventTriggered(event)
    }

    func channelInactive(context: ChannelHandlerContext) {
        goneNow()
        context.fireChannelInactive()
    }

    /// Runs `action` once the client is gone; at once if it already is.
    func whenGone(_ action: @escaping @Sendable () -> Void) {
        let isGone = state.withLock { state in
            if !state.isGone { state.whenGone = action }
            return state.isGone
        }
        if isGone { action() }
    }

    private func goneNow() {
        let action = state.withLock { state in
            state.isGone = true
            defer { state.whenGone = nil }
            return state.whenGone
        }
        action?()
    }
}

/// HTTP/1.1 whose requests are cancelled when their client goes, so that decoding for nobody stops.
struct WatchfulHTTP1Channel: ServerChildChannel {
    private let base: HTTP1Channel

    init(responder: @escaping HTTPChannelHandler.Responder) {
        base = HTTP1Channel(
            responder: responder, configuration: .init(additionalChannelHandlers: [ClientPresence(), LeftoverReader()]))
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<HTTP1Channel.Value> {
        base.setup(channel: channel, logger: logger)
    }

    func handle(value: HTTP1Channel.Value, logger: Logger) async {
        guard let presence = try? await value.channel.pipeline.handler(type: ClientPresence.self).get() else {
            return await base.handle(value: value, logger: logger)
        }
        // On the thread that the connection's bytes come in on: changing threads was most of what a request took.
        let thread = EventLoopExecutor(value.channel.eventLoop)
        let connection = Task(executorPreference: thread) {
            await EventLoopExecutor.$current.withValue(thread) { await base.handle(value: value, logger: logger) }
        }
        presence.whenGone { connection.cancel() }
        await withTaskCancellationHandler {
            await connection.value
        } onCancel: {
            connection.cancel()
        }
    }
}

extension HTTPServerBuilder {
    static var watchfulHTTP1: HTTPServerBuilder {
        HTTPServerBuilder { WatchfulHTTP1Channel(responder: $0) }
    }
}
