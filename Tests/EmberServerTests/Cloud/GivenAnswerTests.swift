import AsyncHTTPClient
import EmberNetwork
import NIOCore
import Synchronization
import Testing

@testable import EmberServer

/// An upstream whose answers are given: no socket is opened, and no host of that name exists.
@Suite struct GivenAnswerTests {
    /// What the upstream was asked.
    private final class Asked: Sendable {
        private let all = Mutex<[HTTPClientRequest]>([])

        var requests: [HTTPClientRequest] { all.withLock { $0 } }

        /// - Returns: how often it has been asked by now.
        func add(_ request: HTTPClientRequest) -> Int {
            all.withLock {
                $0.append(request)
                return $0.count
            }
        }
    }

    private let asked = Asked()

    private func station() throws -> Station {
        try Station([cloudModel("m", .at("https://sky.invalid/v1", key: "secret"))])
    }

    @Test func aWholeAnswerIsPassedOn() async throws {
        let body = #"{"choices":[],"model":"big","usage":{"prompt_tokens":3,"completion_tokens":4}}"#
        let clients = NetworkClients { [asked] request, way in
            #expect(way == .direct)
            // A connection that was kept open has just been closed: the second try is given its answer, too.
            guard asked.add(request) > 1 else { throw ReusedConnectionClosed(description: "closed") }
            return HTTPClientResponse(
                status: .ok, headers: ["content-type": "application/json", "content-length": "\(body.utf8.count)"],
                body: .bytes(ByteBuffer(string: body)))
        }
        let station = try station()
        try await serve(station, client: clients) { client in
            let response = try await client.chat()
            #expect(response.status == .ok && response.text.contains(#""completion_tokens":4"#), "\(response.text)")
        }
        #expect(asked.requests.count == 2)
        let request = try #require(asked.requests.last)
        #expect(request.url == "https://sky.invalid/v1/chat/completions" && request.method == .POST)
        #expect(request.headers["authorization"] == ["Bearer secret"])
        let sent = try await #require(request.body).collect(upTo: 1 << 10)
        #expect(String(buffer: sent) == #"{"model":"big"}"#)
        #expect(await eventually { await station.isIdle() })
    }

    @Test func aStreamAndAnErrorArePassedOn() async throws {
        let events = ["data: {\"choices\":[],\"model\":\"big\"}\n\n", "data: [DONE]\n\n"]
        let clients = NetworkClients { [asked] request, _ in
            guard asked.add(request) == 1 else {
                return HTTPClientResponse(
                    status: .badRequest, headers: ["content-type": "application/json"],
                    body: .bytes(ByteBuffer(string: #"{"error":{"message":"no such thing","type":"x"}}"#)))
            }
            let pieces = AsyncStream<ByteBuffer> { stream in
                for event in events { stream.yield(ByteBuffer(string: event)) }
                stream.finish()
            }
            return HTTPClientResponse(
                status: .ok, headers: ["content-type": "text/event-stream"], body: .stream(pieces))
        }
        let station = try station()
        try await serve(station, client: clients) { client in
            let stream = try await client.chat(#"{"model":"m","stream":true}"#)
            #expect(stream.status == .ok && stream.text.hasSuffix("data: [DONE]\n\n"), "\(stream.text)")
            let refused = try await client.chat()
            #expect(refused.status == .badRequest && refused.text.contains("no such thing"), "\(refused.text)")
        }
        #expect(await eventually { await station.isIdle() })
    }
}
