public import NIOCore
import NIOPosix

/// How connections to engines are opened: the seam for the sockets towards them.
///
/// `sockets` are the machine's own. A test may give channels of another kind, such as those in memory.
public struct WireConnector: Sendable {
    /// Gets a channel ready that has been opened, before anything is read from it.
    public typealias Preparation = @Sendable (any Channel) -> EventLoopFuture<Void>

    /// On whose event loops the channels are.
    let group: any EventLoopGroup
    let open: @Sendable (WireAddress, any EventLoop, @escaping Preparation) async throws -> Void

    /// - Parameters:
    ///   - group: `any()` of it is the caller's own event loop, where the caller runs on one.
    ///   - open: opens a channel on the event loop that has it prepared and is then active. It reads only when it is
    ///     asked to.
    public init(
        group: any EventLoopGroup,
        open: @escaping @Sendable (WireAddress, any EventLoop, @escaping Preparation) async throws -> Void
    ) {
        (self.group, self.open) = (group, open)
    }

    private static let connectTimeout = TimeAmount.seconds(10)

    public static let sockets = WireConnector(group: .singletonMultiThreadedEventLoopGroup) { address, loop, prepare in
        let bootstrap = ClientBootstrap(group: loop)
            .channelOption(.autoRead, value: false)
            .connectTimeout(connectTimeout)
            .channelInitializer(prepare)
        switch address {
        case .unixSocket(let path): _ = try await bootstrap.connect(unixDomainSocketPath: path).get()
        case .host(let host, let port): _ = try await bootstrap.connect(host: host, port: port).get()
        }
    }
}
