import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOHTTP1
import NIOHTTPTypes

/// HTTP/1.1 whose connections are bounded, and whose requests are cancelled when their client goes, so that the
/// decode stops.
struct WatchfulHTTP1Channel: ServerChildChannel {
    /// A connection, and whether its client is there.
    struct Value: ServerChildChannelValue {
        let parts: HTTP1Channel.Value
        let presence: ClientPresence

        var channel: any Channel { parts.channel }
    }

    private let connections: ConnectionTable
    private let grace: HalfClosedGrace
    private let base: HTTP1Channel

    init(_ connections: ConnectionTable, _ grace: HalfClosedGrace, responder: @escaping HTTPChannelHandler.Responder) {
        self.connections = connections
        self.grace = grace
        base = HTTP1Channel(responder: responder)
    }

    /// As Hummingbird does, but with one handler for all that it and Ember do: each handler on a request's way
    /// costs as much as what it does.
    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        channel.eventLoop.makeCompletedFuture {
            var limits = NIOHTTPDecoderLimitConfiguration()
            limits.maxHeaderFieldSize = ConnectionLimits.largestHead
            limits.maxHeaderListSize = ConnectionLimits.largestHead
            limits.maxHeaderFieldCount = ConnectionLimits.mostFields
            // `AnswerForm` frames answers: it knows their requests.
            var encoder = HTTPResponseEncoder.Configuration()
            encoder.automaticallySetFramingHeaders = false
            let pipeline = channel.pipeline.syncOperations
            try pipeline.configureHTTPServerPipeline(
                withPipeliningAssistance: false, withErrorHandling: false, withOutboundHeaderValidation: false,
                withEncoderConfiguration: encoder, withDecoderLimitConfiguration: limits)
            let handler = ConnectionHandler(connections)
            try pipeline.addHandler(handler)
            let parts = try HTTP1Channel.Value(
                wrappingChannelSynchronously: channel, configuration: .init(isOutboundHalfClosureEnabled: true))
            return Value(parts: parts, presence: handler.presence)
        }
    }

    func handle(value: Value, logger: Logger) async {
        // On the thread that the connection's bytes come in on: changing threads was most of what a request took.
        let thread = EventLoopExecutor(value.channel, presence: value.presence)
        let connection = connections.time.later(on: thread) {
            await EventLoopExecutor.$current.withValue(thread) { await base.handle(value: value.parts, logger: logger) }
        }
        value.presence.whenGone { connection.cancel() }
        // Without the thread, which has the presence: each would keep the other. A weak reference would make each of
        // the thread's many references slower.
        value.presence.whenHalfClosed { [grace, connections] ticket in
            connections.time.later { if await grace.mustEnd(ticket) { connection.cancel() } }
        }
        await withTaskCancellationHandler {
            await connection.value
        } onCancel: {
            connection.cancel()
        }
    }
}

extension HTTPServerBuilder {
    static func watchfulHTTP1(_ connections: ConnectionTable, _ grace: HalfClosedGrace) -> HTTPServerBuilder {
        HTTPServerBuilder { WatchfulHTTP1Channel(connections, grace, responder: $0) }
    }
}
