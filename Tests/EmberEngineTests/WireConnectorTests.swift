import EmberEngine
import EmberSystem
import EmberTestSupport
import NIOCore
import NIOEmbedded
import Synchronization
import Testing

/// Engines that are reached without sockets, in a time of their own.
@Suite struct WireConnectorTests {
    private let loop = NIOAsyncTestingEventLoop()
    private let clock = HandClock()

    private func client(
        _ opened: AsyncStream<NIOAsyncTestingChannel>.Continuation
    ) -> WireClient {
        let connector = WireConnector(group: loop) { [loop] address, _, prepare in
            guard case .host("engine", 80) = address else { throw WireError.badURL("\(address)") }
            let channel = NIOAsyncTestingChannel(loop: loop)
            try await loop.executeInContext { prepare(channel) }.get()
            try await channel.connect(to: try SocketAddress(unixDomainSocketPath: "/in/memory")).get()
            opened.yield(channel)
        }
        return WireClient(longestIdle: .seconds(2), time: clock.time(), connector: connector)
    }

    private func answer(_ channel: NIOAsyncTestingChannel, _ text: String) async throws -> String {
        var request = ""
        while !request.contains("{}") {
            request += String(buffer: try await channel.waitForOutboundWrite(as: ByteBuffer.self))
        }
        try await channel.writeInbound(
            ByteBuffer(string: "HTTP/1.1 200 OK\r\ncontent-length: \(text.utf8.count)\r\n\r\n\(text)"))
        return request
    }

    private func post(_ client: WireClient) async throws -> String {
        let request = WireRequest(path: "/v1/thing", headers: [:], body: ByteBuffer(string: "{}"))
        guard case .whole(let body) = try await client.post(request, to: "http://engine").content else { return "" }
        return String(buffer: body)
    }

    @Test func requestsGoOverTheGivenChannels() async throws {
        let (channels, opened) = AsyncStream<NIOAsyncTestingChannel>.makeStream()
        let client = client(opened)
        var iterator = channels.makeAsyncIterator()
        async let first = post(client)
        let channel = try #require(await iterator.next())
        #expect(try await answer(channel, "hello").hasPrefix("POST /v1/thing HTTP/1.1\r\n"))
        #expect(try await first == "hello")
        // A connection that is idle is taken again, for as long as the clock says that it may.
        clock.advance(by: .seconds(1))
        async let second = post(client)
        _ = try await answer(channel, "again")
        #expect(try await second == "again")
        clock.advance(by: .seconds(3))
        async let third = post(client)
        let fresh = try #require(await iterator.next())
        _ = try await answer(fresh, "third")
        #expect(try await third == "third")
    }

    @Test func whatCannotBeOpenedIsTold() async {
        let client = client(AsyncStream<NIOAsyncTestingChannel>.makeStream().continuation)
        await #expect(throws: WireError.badURL("host(\"other\", port: 80)")) {
            try await client.post(
                WireRequest(path: "/", headers: [:], body: ByteBuffer()), to: "http://other")
        }
    }
}
