import EmberEngine
import Foundation
import NIOCore
import NIOHTTP1
import Testing

/// The client of engines, against a server that sends whatever a test wants.
@Suite struct WireClientTests {
    private static let short = "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 5\r\n\r\nhello"
    private static let chunkedHead = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
    /// However slow the machine, no connection becomes too old within a test.
    private let client = WireClient(longestIdle: .seconds(600), time: .system, connector: .sockets)

    private func post(_ body: String = "{}", to server: ScriptedServer) async throws -> WireAnswer {
        let request = WireRequest(
            path: "/v1/thing", headers: ["content-type": "application/json"], body: ByteBuffer(string: body))
        return try await client.post(request, to: server.baseURL)
    }

    private func text(_ answer: WireAnswer) async throws -> String {
        switch answer.content {
        case .whole(let body): return String(buffer: body)
        case .pieces(let body):
            var text = ""
            while let piece = try await body.next() { text += String(buffer: piece) }
            return text
        }
    }

    @Test func theRequestArrivesAndTheAnswerComesBack() async throws {
        let server = try await ScriptedServer { _ in [.send(Self.short)] }
        let answer = try await post("{\"a\": 1}", to: server)
        #expect(answer.head.status == .ok)
        #expect(answer.head.headers.first(name: "content-type") == "text/plain")
        #expect(try await text(answer) == "hello")
        let request = try #require(server.seen.requests.first?.text)
        #expect(request.hasPrefix("POST /v1/thing HTTP/1.1\r\n"))
        #expect(request.contains("content-type: application/json\r\n"))
        #expect(request.contains("content-length: 8\r\n"))
        #expect(request.hasSuffix("\r\n\r\n{\"a\": 1}"))
        await server.stop()
    }

    @Test func aUnixSocketWithAnOddPath() async throws {
        let name = "wire \(UUID().uuidString.prefix(8))%"
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(name)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let path = folder.appendingPathComponent("e.sock").path
        let baseURL = EngineAddress.unixSocket(path: path).baseURL
        let server = try await ScriptedServer(socket: path, baseURL: baseURL) { _ in [.send(Self.short)] }
        #expect(try await text(post(to: server)) == "hello")
        await server.stop()
        try FileManager.default.removeItem(at: folder)
    }

    @Test func anAnswerInManySegmentsIsPutTogether() async throws {
        let server = try await ScriptedServer { _ in
            [.send("HTTP/1.1 201 Created\r\ncontent-"), .send("length: 9\r\n\r\nabc"), .send("def"), .send("ghi")]
        }
        let answer = try await post(to: server)
        #expect(answer.head.status == .created)
        #expect(try await text(answer) == "abcdefghi")
        await server.stop()
    }

    @Test func chunksComeAsPieces() async throws {
        let server = try await ScriptedServer { _ in
            [.send(Self.chunkedHead), .send("3\r\nabc\r\n"), .send("2\r\nde\r\n"), .send("0\r\n\r\n")]
        }
        #expect(try await text(post(to: server)) == "abcde")
        await server.stop()
    }

    @Test func anAnswerWithoutLengthEndsWithItsConnection() async throws {
        let server = try await ScriptedServer { _ in [.send("HTTP/1.0 200 OK\r\n\r\nabc"), .close] }
        #expect(try await text(post(to: server)) == "abc")
        await server.stop()
    }

    @Test func emptyAnswers() async throws {
        let server = try await ScriptedServer { request in
            [.send(request.number == 1 ? "HTTP/1.1 204 No Content\r\n\r\n" : Self.chunkedHead + "0\r\n\r\n")]
        }
        #expect(try await text(post(to: server)).isEmpty)
        #expect(try await text(post(to: server)).isEmpty)
        #expect(server.seen.connections == 1)
        await server.stop()
    }

    @Test func oneConnectionServesManyRequests() async throws {
        let server = try await ScriptedServer { request in
            [.send(request.number % 2 == 0 ? Self.short : Self.chunkedHead + "5\r\nhello\r\n0\r\n\r\n")]
        }
        for _ in 0..<20 { #expect(try await text(post(to: server)) == "hello") }
        #expect(server.seen.requests.count == 20)
        #expect(server.seen.connections == 1)
        await server.stop()
    }

    @Test func manyRequestsAtOnceEachGetTheirOwnAnswer() async throws {
        let server = try await ScriptedServer { request in
            let body = request.text.split(separator: "\r\n\r\n", maxSplits: 1)[1]
            return [.send("HTTP/1.1 200 OK\r\ncontent-length: \(body.utf8.count)\r\n\r\n\(body)")]
        }
        try await withThrowingTaskGroup(of: Bool.self) { group in
            for number in 0..<50 {
                group.addTask { try await text(post("request \(number)", to: server)) == "request \(number)" }
            }
            for try await isRight in group { #expect(isRight) }
        }
        await server.stop()
    }

    @Test func aConnectionThatTheEngineWantsClosedIsNotUsedAgain() async throws {
        let server = try await ScriptedServer { _ in
            [.send("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 1\r\n\r\nx")]
        }
        #expect(try await text(post(to: server)) == "x")
        #expect(try await text(post(to: server)) == "x")
        #expect(server.seen.connections == 2)
        #expect(try await server.sees { $0.closedConnections == 2 })
        await server.stop()
    }

    @Test func anIdleConnectionIsClosedAfterAWhile() async throws {
        let server = try await ScriptedServer { _ in [.send(Self.short)] }
        let client = WireClient(longestIdle: .milliseconds(100), time: .system, connector: .sockets)
        let request = WireRequest(path: "/", headers: [:], body: ByteBuffer())
        _ = try await client.post(request, to: server.baseURL)
        #expect(try await server.sees { $0.closedConnections == 1 })
        await server.stop()
    }

    @Test func aConnectionThatWasClosedWhileIdleCostsNoRequest() async throws {
        // The second request finds the first one's connection closed, or closing under it.
        let server = try await ScriptedServer { request in
            request.number == 2 && request.connection == 1 ? [.close] : [.send(Self.short)]
        }
        #expect(try await text(post(to: server)) == "hello")
        #expect(try await text(post(to: server)) == "hello")
        #expect(server.seen.connections == 2)
        await server.stop()
    }

    @Test func anEngineThatEndsBeforeItsAnswer() async throws {
        let server = try await ScriptedServer { _ in [.close] }
        await #expect(throws: WireError.closedBeforeAnswer) { try await post(to: server) }
        #expect(server.seen.requests.count == 1)
        await server.stop()
    }

    @Test(arguments: ["content-length: 100", "content-length: 99999999", "transfer-encoding: chunked"])
    func anEngineThatEndsWithinItsAnswer(framing: String) async throws {
        let server = try await ScriptedServer { _ in
            [.send("HTTP/1.1 200 OK\r\n\(framing)\r\n\r\n"), .send("3\r\nabc\r\n"), .close]
        }
        await #expect(throws: (any Error).self) { try await text(post(to: server)) }
        await server.stop()
    }

    @Test func anAnswerThatIsNoHTTP() async throws {
        let server = try await ScriptedServer { _ in [.send("220 mail.example ESMTP\r\n\r\n")] }
        await #expect(throws: HTTPParserError.self) { try await post(to: server) }
        #expect(try await server.sees { $0.closedConnections == 1 })
        await server.stop()
    }

    @Test func moreThanWasAskedForEndsTheConnectionOnly() async throws {
        let server = try await ScriptedServer { _ in [.send(Self.short), .send(Self.short)] }
        #expect(try await text(post(to: server)) == "hello")
        #expect(try await server.sees { $0.closedConnections == 1 })
        #expect(try await text(post(to: server)) == "hello")
        await server.stop()
    }

    @Test func noServerListens() async throws {
        let missing = EngineAddress.unixSocket(path: "/nonexistent/e.sock").baseURL
        let request = WireRequest(path: "/", headers: [:], body: ByteBuffer())
        for address in [missing, "http://127.0.0.1:1"] {
            await #expect(throws: (any Error).self) { try await client.post(request, to: address) }
        }
        await #expect(throws: WireError.badURL("ftp://somewhere")) {
            try await client.post(request, to: "ftp://somewhere")
        }
    }

    @Test func cancellingClosesTheConnection() async throws {
        let server = try await ScriptedServer { _ in [] }
        let waiting = Task { try await post(to: server) }
        #expect(try await server.sees { $0.requests.count == 1 })
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
        #expect(try await server.sees { $0.closedConnections == 1 })
        await server.stop()
    }

    @Test func cancellingWithinAStreamClosesTheConnection() async throws {
        let server = try await ScriptedServer { _ in [.send(Self.chunkedHead), .send("3\r\nabc\r\n")] }
        let reading = Task { try await text(post(to: server)) }
        #expect(try await server.sees { $0.bytesWritten > Self.chunkedHead.utf8.count })
        try await Task.sleep(for: .milliseconds(50))
        reading.cancel()
        await #expect(throws: CancellationError.self) { try await reading.value }
        #expect(try await server.sees { $0.closedConnections == 1 })
        await server.stop()
    }

    @Test func anInterruptionEndsWhatIsAskedAndWhatWouldBe() async throws {
        let server = try await ScriptedServer { request in
            request.text.contains("stream") ? [.send(Self.chunkedHead), .send("3\r\nabc\r\n")] : []
        }
        let exchanges = ["stream", "whole"].map { body in Task { try await text(post(body, to: server)) } }
        #expect(try await server.sees { $0.requests.count == 2 && $0.bytesWritten > Self.chunkedHead.utf8.count })
        client.interrupt()
        for exchange in exchanges { await #expect(throws: WireError.interrupted) { try await exchange.value } }
        await #expect(throws: WireError.interrupted) { try await post(to: server) }
        #expect(try await server.sees { $0.closedConnections == 2 && $0.requests.count == 2 })
        await server.stop()
    }

    @Test func aTaskThatIsCancelledAlreadySendsNothing() async throws {
        let server = try await ScriptedServer { _ in [.send(Self.short)] }
        let late = Task {
            while !Task.isCancelled { await Task.yield() }
            return try await post(to: server)
        }
        late.cancel()
        await #expect(throws: CancellationError.self) { try await late.value }
        #expect(server.seen.requests.isEmpty)
        await server.stop()
    }

    @Test func lettingGoOfAStreamClosesTheConnection() async throws {
        let server = try await ScriptedServer { _ in [.send(Self.chunkedHead), .send("3\r\nabc\r\n")] }
        _ = try await post(to: server)
        #expect(try await server.sees { $0.closedConnections == 1 })
        await server.stop()
    }

    @Test func aSlowReaderSlowsTheEngineDown() async throws {
        let chunk = "10000\r\n" + String(repeating: "x", count: 65536) + "\r\n"
        let server = try await ScriptedServer { _ in
            [.send(Self.chunkedHead), .send(chunk, times: 1024), .send("0\r\n\r\n")]
        }
        guard case .pieces(let body) = try await post(to: server).content else {
            Issue.record("a chunked answer must come in pieces")
            return
        }
        var count = try #require(try await body.next()).readableBytes
        try await Task.sleep(for: .milliseconds(300))
        // Sockets' buffers hold a few megabytes, not sixty-four.
        #expect(server.seen.bytesWritten < 32 << 20)
        while let piece = try await body.next() { count += piece.readableBytes }
        #expect(count == 64 << 20)
        await server.stop()
    }
}
