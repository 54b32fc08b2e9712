import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import EmberServer

/// More connections than there may be.
@Suite struct ConnectionBoundTests {
    private let table = ConnectionTable(ConnectionLimits(total: 1, perAddress: 1), logger: quietLogger, time: .system)

    /// A connection of which nothing has come yet, and the status of the answer that it gets unasked.
    private func statusOfNewConnection() throws -> UInt? {
        let channel = EmbeddedChannel(handler: ConnectionHandler(table))
        try channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).wait()
        guard case .head(let head)? = try channel.readOutbound(as: HTTPServerResponsePart.self) else { return nil }
        guard case .body? = try channel.readOutbound(as: HTTPServerResponsePart.self) else { return nil }
        return head.status.code
    }

    @Test func onlyBeyondTheReserveAnErrorIsSentUnasked() throws {
        let busy = table.admit(nil, at: .now()) {}
        busy.isBusy()
        // Those of the reserve hear nothing as long as they say nothing.
        for _ in 0..<table.limits.reserve { #expect(try statusOfNewConnection() == nil) }
        #expect(try statusOfNewConnection() == 503)
    }
}
