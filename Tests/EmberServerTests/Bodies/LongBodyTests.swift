import EmberCore
import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

@testable import EmberServer

/// Bodies that lie in files, from the client to engine and upstream.
@Suite struct LongBodyTests {
    private static let filler = String(repeating: "0123456789abcdef", count: 150_000)

    private static func body(_ model: String, _ members: String = "") -> String {
        #"{"model":"\#(model)","messages":[{"role":"user","content":"\#(filler)"}]\#(members)}"#
    }

    @Test func theEngineGetsTheClientsOwnBytes() async throws {
        let bodies = testBodies()
        try await serveOneModel(.live, settings: { $0.bodies = bodies }) { received in
            #expect(bodies.view.bytes == received.body.readableBytes && bodies.view.inFilesBytes == bodies.view.bytes)
            return .json("{}")
        } _: { client, engine, _ in
            for _ in 0..<3 {
                let response = try await client.chat(Self.body("m"))
                #expect(response.status == .ok)
            }
            #expect(engine.received.count == 3 && engine.received.allSatisfy { $0.text == Self.body("m") })
            #expect(await eventually { bodies.view.bytes == 0 && bodies.view.requests == 0 })
        }
    }

    /// The name is replaced, the usage asked for and the answer bounded; where the upstream refuses the wish for the
    /// usage, the same file is sent once more.
    @Test func theUpstreamGetsItsEdits() async throws {
        try await EngineServer.serve({ received in
            if received.text.contains("stream_options") { return .json("{}", status: .badRequest) }
            return .pieces("text/event-stream") { try await $0.write("data: {\"choices\":[]}\n\ndata: [DONE]\n\n") }
        }) { upstream in
            var target = CloudTarget.at(upstream.url + "/v1", model: "big/one")
            target.prices = TokenPrices(input: 0, output: 1, maxTokens: 10)
            let station = try Station([cloudModel("far", target)])
            try await serve(station, .live) { client in
                let response = try await client.chat(Self.body("far", #","stream":true"#))
                #expect(response.status == .ok)
            }
            let bounded = Self.body("big/one", #","stream":true,"max_tokens":10"#)
            #expect(upstream.received.count == 2)
            let first = try #require(upstream.received.first?.text)
            #expect(first.hasPrefix(bounded.prefix(bounded.count - 30)))
            #expect(first.hasSuffix(#""max_tokens":10,"stream_options":{"include_usage":true}}"#))
            #expect(upstream.received.last?.text == bounded)
            #expect(await station.isIdle())
        }
    }

    @Test func upstreamAndEdgeRaceWithOneFile() async throws {
        let never = Gate()
        try await EngineServer.serve({ _ in
            _ = await never.wait()
            return .json("{}")
        }) { sky in
            try await EngineServer.serve({ _ in .json(#"{"from":"edge"}"#) }) { edge in
                let station = try await Station.racing(sky, edge, hedgeAfter: 0.01)
                let bodies = testBodies()
                try await serve(station, .live, settings: { $0.bodies = bodies }) { client in
                    let response = try await client.chat(Self.body("m"))
                    #expect(response.text == #"{"from":"edge"}"#)
                    #expect(edge.received.first?.text == Self.body("m"))
                    #expect(await eventually { bodies.view.bytes == 0 })
                }
            }
        }
        never.open()
    }

    @Test(arguments: ["Content-Length: 3000000", "Transfer-Encoding: chunked"])
    func aClientThatLeavesHalfWayGivesItsRoomBack(_ framing: String) async throws {
        let bodies = testBodies()
        let settings = { (settings: inout ServerSettings) in
            settings.bodies = bodies
            // The client's own connection is silent for as long as a busy machine takes for all the others.
            settings.connections.patience.header = .minutes(10)
        }
        try await serve(try Station([edgeModel("m")]), .live, settings: settings) { client in
            for _ in 0..<20 {
                let connection = try await Connection.open(port: try #require(client.port))
                // A busy server may still count those before it: then this one is refused and closed at once.
                try? await connection.send(
                    "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\n\(framing)\r\n\r\n")
                if framing.hasSuffix("chunked") { try? await connection.send("124f80\r\n") }
                try? await connection.send(String(Self.filler.prefix(1_200_000)))
                try? await connection.close()
            }
            #expect(await eventually { bodies.view.bytes == 0 && bodies.view.requests == 0 })
            #expect(try await client.get("/health").status == .ok)
        }
    }

    /// Nothing of it is kept, but a client that sends everything before it reads anything gets its answer.
    @Test func theRestOfARefusedBodyIsReadAndDropped() async throws {
        let bodies = testBodies()
        try await serve(
            try Station([edgeModel("m")]), .live,
            settings: {
                $0.bodyLengths.bytes = 1000
                $0.bodies = bodies
            }
        ) { client in
            let open = try await Connection.open(port: try #require(client.port))
            let body = String(repeating: Self.filler, count: 10)
            try await open.send(
                "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
            )
            #expect(await open.receives("body_too_large"))
            let sent = Task { try await open.send(body) }
            #expect(await value { await sent.result }.map { (try? $0.get()) != nil } == true)
            #expect(bodies.view.bytes == 0)
            try await open.send("GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
            #expect(await open.receives("ok"))
            try await open.close()
        }
    }

    @Test func theStateTellsOfBodiesAndATenantsBoundIsItsOwn() async throws {
        let bodies = testBodies(total: 6 << 20, perTenant: 3 << 20, tenants: ["eva", "tom"])
        let station = try Station([edgeModel("m")])
        let gate = station.starter.holdNextStart(of: "m")
        let keys = ["eva", "tom"].enumerated().map {
            AccessKey(name: $1, key: "\($1)-key", service: nil, tenantNumber: $0)
        }
        try await serve(station, .live, settings: { ($0.bodies, $0.keys) = (bodies, AccessKeys(keys)) }) { client in
            let eva: HTTPFields = [.authorization: "Bearer eva-key"]
            let waiting = try await Connection.open(port: try #require(client.port))
            try await waiting.send(
                "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer eva-key\r\n"
                    + "Content-Length: \(Self.body("m").utf8.count)\r\n\r\n" + Self.body("m"))
            #expect(await eventually { await station.view(of: "m").waiting == 1 })
            let state = try await client.get("/ember/v1/state", headers: eva)
            let told = try #require(try state.object()["bodies"] as? [String: Any])
            let count = Self.body("m").utf8.count
            #expect(told["bytes"] as? Int == count && told["in_files_bytes"] as? Int == count)
            #expect(told["limit_bytes"] as? Int == 6 << 20 && told["per_tenant_bytes"] as? Int == 3 << 20)
            #expect((told["tenants"] as? [[String: Any]])?.first?["name"] as? String == "eva")
            let refused = try await client.chat(Self.body("m"), headers: eva)
            #expect(refused.status == .tooManyRequests && refused.headers[.retryAfter] == "2")
            #expect(try refused.error().code == "tenant_bodies_full")
            // Another tenant's room is its own, and the first one's small requests still have some.
            #expect(try await client.chat(#"{"model":"none"}"#, headers: eva).status == .notFound)
            let tom: HTTPFields = [.authorization: "Bearer tom-key"]
            #expect(try await client.chat(Self.body("none"), headers: tom).status == .notFound)
            try await waiting.reset()
            #expect(await eventually { bodies.view.bytes == 0 })
        }
        gate.open()
    }

    @Test func aPathMayHaveABoundOfItsOwn() async throws {
        try await serve(
            try Station([edgeModel("m")]),
            settings: {
                $0.bodyLengths.bytes = 1000
                $0.bodyLengths.byPath = ["/v1/embeddings": 100]
            }
        ) { client in
            let body = #"{"model":"gone","input":"\#(String(repeating: "x", count: 200))"}"#
            #expect(try await client.chat(body).status == .notFound)
            let refused = try await client.post("/v1/embeddings", body)
            #expect(refused.status == .contentTooLarge)
            #expect(try refused.error().message.contains("100 bytes"))
        }
    }
}
