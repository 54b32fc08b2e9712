import Foundation
import NIOCore
import NIOPosix
import Testing

@testable import EmberServer

/// What a listener is given before it accepts.
@Suite struct AcceptErrorsTests {
    private let table = ConnectionTable(ConnectionLimits(), logger: quietLogger, time: .system)
    private static let keepAlive = ChannelOptions.socketOption(.so_keepalive)

    @Test func silentConnectionsAreProbedAndErrorsCounted() async throws {
        let listener = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup).bind(
            host: "127.0.0.1", port: 0
        ).get()
        #expect(try await listener.getOption(Self.keepAlive).get() == 0)
        await AcceptErrors.watch(listener, table)
        #expect(try await listener.getOption(Self.keepAlive).get() != 0)
        #if os(Linux)
            let quiet = ChannelOptions.tcpOption(.init(rawValue: TCP_KEEPIDLE))
            #expect(try await listener.getOption(quiet).get() == 60)
        #endif
        listener.pipeline.fireErrorCaught(IOError(errnoCode: 24, reason: "accept"))
        listener.pipeline.fireErrorCaught(ChannelError.ioOnClosedChannel)
        let table = table
        let isCounted = await eventually { table.view.failedAccepts == 1 }
        #expect(isCounted)
        try await listener.close()
    }

    /// Its clients are on this machine, and do not vanish.
    @Test func aUnixSocketIsOnlyWatched() async throws {
        let files = try TestFiles()
        let listener = try await ServerBootstrap(group: .singletonMultiThreadedEventLoopGroup).bind(
            unixDomainSocketPath: files.path + "/s"
        ).get()
        await AcceptErrors.watch(listener, table)
        #expect(try await listener.getOption(Self.keepAlive).get() == 0)
        listener.pipeline.fireErrorCaught(IOError(errnoCode: 24, reason: "accept"))
        let table = table
        let isCounted = await eventually { table.view.failedAccepts == 1 }
        #expect(isCounted)
        try await listener.close()
    }
}
