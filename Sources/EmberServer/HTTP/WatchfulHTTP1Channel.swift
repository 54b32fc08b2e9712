import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTPTypesHTTP1

/// HTTP/1.1 whose connections are bounded, and whose requests are cancelled when their client goes, so that decoding for
/// nobody stops.
struct WatchfulHTTP1Channel: ServerChildChannel {
    private let base: HTTP1Channel

    init(_ connections: ConnectionTable, responder: @escaping HTTPChannelHandler.Responder) {
        base = HTTP1Channel(
            responder: responder,
            configuration: .init(
                additionalChannelHandlers: [ConnectionHandler(connections), ClientPresence()]))
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<HTTP1Channel.Value> {
        base.setup(channel: channel, logger: logger).flatMapThrowing { value in
            let pipeline = channel.pipeline.syncOperations
            let codec = try pipeline.handler(type: HTTP1ToHTTPServerCodec.self)
            try pipeline.addHandler(RequestLineHandler(), position: .before(codec))
            return value
        }
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
    static func watchfulHTTP1(_ connections: ConnectionTable) -> HTTPServerBuilder {
        HTTPServerBuilder { WatchfulHTTP1Channel(connections, responder: $0) }
    }
}
