import EmberEngine
import NIOCore
import NIOHTTP1
import Testing

/// When an engine has nothing more to do with a request.
@Suite struct WireClaimTests {
    private let client = WireClient(longestIdle: .seconds(600), time: .system, connector: .sockets)
    private static let chunkedHead = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"

    private func post(_ claim: WireClaim, to server: ScriptedServer) async throws -> WireAnswer {
        let request = WireRequest(path: "/v1/thing", headers: [:], body: ByteBuffer(string: "{}"), claim: claim)
        return try await client.post(request, to: server.baseURL)
    }

    @Test func aRequestThatIsNotSentIsOver() async {
        let claim = WireClaim()
        #expect(claim.isSettled)
        await claim.settled()
    }

    @Test func aRequestIsOverWithItsAnswer() async throws {
        let server = try await ScriptedServer { _ in [.send("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello")] }
        let claim = WireClaim()
        _ = try await post(claim, to: server)
        #expect(claim.isSettled)
        await server.stop()
    }

    /// Given up before its answer began, after its head, or within it.
    @Test(arguments: ["", chunkedHead, chunkedHead + "5\r\nhello\r\n"])
    func aRequestThatIsGivenUpIsOverOnceTheEngineSaysSo(_ answer: String) async throws {
        let server = try await ScriptedServer(worksOn: true) { _ in [.send(answer)] }
        let claim = WireClaim()
        let asking = Task {
            let answer = try await post(claim, to: server)
            if case .pieces(let body) = answer.content { while try await body.next() != nil {} }
        }
        #expect(try await server.sees { $0.requests.count == 1 })
        asking.cancel()
        _ = await asking.result
        // The engine learns of it, and may still be at work.
        #expect(try await server.sees { $0.halfClosedConnections == 1 })
        #expect(!claim.isSettled && server.seen.closedConnections == 0)
        await server.closeConnections()
        await claim.settled()
        #expect(claim.isSettled)
        await server.stop()
    }

    /// It may be within an answer when it learns of that: only the end of what it still writes ends the request.
    @Test func whatTheEngineStillWritesIsNoEnd() async throws {
        let server = try await ScriptedServer(worksOn: true) { _ in [.send(Self.chunkedHead + "5\r\nhello\r\n")] }
        let claim = WireClaim()
        let asking = Task {
            let answer = try await post(claim, to: server)
            if case .pieces(let body) = answer.content { while try await body.next() != nil {} }
        }
        #expect(try await server.sees { $0.requests.count == 1 })
        asking.cancel()
        _ = await asking.result
        #expect(try await server.sees { $0.halfClosedConnections == 1 })
        try await server.send("5\r\nworld\r\n")
        // Enough for what was written to be read.
        try await Task.sleep(for: .milliseconds(200))
        #expect(!claim.isSettled && server.seen.closedConnections == 0)
        try await server.send("0\r\n\r\n")
        await claim.settled()
        #expect(claim.isSettled)
        await server.stop()
    }

    @Test func anEngineThatEndsHasNothingMoreToDo() async throws {
        let server = try await ScriptedServer { _ in [.send("HTTP/1.1 200 OK\r\n"), .close] }
        let claim = WireClaim()
        _ = try? await post(claim, to: server)
        await claim.settled()
        #expect(claim.isSettled)
        await server.stop()
    }
}
