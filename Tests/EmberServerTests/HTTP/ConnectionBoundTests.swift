import NIOCore
import NIOEmbedded
import NIOHTTP1
import Testing

@testable import EmberServer

/// More connections than there may be.
@Suite struct ConnectionBoundTests {
    private let table = ConnectionTable(ConnectionLimits(total: 1, perAddress: 1), logger: quietLogger)

    /// A connection of which nothing has come yet, and the status of the answer that it gets unasked.
    private func statusOfNewConnection() async throws -> UInt? {
        let table = table
        // The table's tasks run on other threads, which an `EmbeddedChannel` does not allow.
        let channel = try await NIOAsyncTestingChannel {
            try $0.pipeline.syncOperations.addHandler(ConnectionHandler(table))
        }
        try await channel.connect(to: SocketAddress(ipAddress: "127.0.0.1", port: 1)).get()
        guard case .head(let head)? = try await channel.readOutbound(as: HTTPServerResponsePart.self),
            case .body? = try await channel.readOutbound(as: HTTPServerResponsePart.self)
        else { return nil }
        return head.status.code
    }

    @Test func onlyBeyondTheReserveAnErrorIsSentUnasked() async throws {
        let busy = table.admit(nil) {}
        busy.isBusy()
        // Those of the reserve hear nothing as long as they say nothing.
        for _ in 0..<table.limits.reserve { #expect(try await statusOfNewConnection() == nil) }
        #expect(try await statusOfNewConnection() == 503)
    }
}
