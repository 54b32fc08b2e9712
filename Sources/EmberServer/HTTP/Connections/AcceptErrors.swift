import NIOCore
import NIOPosix

/// Notices that a connection could not be accepted. Accepting goes on by itself, a second later.
final class AcceptErrors: ChannelInboundHandler, RemovableChannelHandler, Sendable {
    typealias InboundIn = NIOAny
    private let table: ConnectionTable

    init(_ table: ConnectionTable) { self.table = table }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if let error = error as? IOError { table.noteFailedAccept(error, at: context.eventLoop.now) }
        context.fireErrorCaught(error)
    }

    /// Prepares a listener: its errors are noticed, and its connections are probed while they are silent, so that
    /// clients which have vanished without a word do not keep theirs.
    static func watch(_ listener: any Channel, _ table: ConnectionTable) async {
        try? await listener.pipeline.addHandler(AcceptErrors(table), position: .first).get()
        guard listener.localAddress?.port != nil else { return }
        // Accepted sockets inherit these.
        _ = try? await listener.setOption(ChannelOptions.socketOption(.so_keepalive), value: 1).get()
        for (option, value) in KeepAlive.options {
            _ = try? await listener.setOption(ChannelOptions.tcpOption(option), value: value).get()
        }
    }
}

/// Probes after a minute of silence, four of them: a vanished client is noticed within two minutes.
private enum KeepAlive {
    #if os(Linux)
        static let options: [(NIOBSDSocket.Option, SocketOptionValue)] = [
            (.init(rawValue: TCP_KEEPIDLE), 60), (.init(rawValue: TCP_KEEPINTVL), 15),
            (.init(rawValue: TCP_KEEPCNT), 4),
        ]
    #else
        static let options: [(NIOBSDSocket.Option, SocketOptionValue)] = [(.init(rawValue: TCP_KEEPALIVE), 60)]
    #endif
}
