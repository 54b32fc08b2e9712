import EmberCore
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

@testable import EmberServer

/// /v1/messages: an engine is asked as for a chat, an upstream in the client's own bytes, and the client receives
/// messages from both.
@Suite struct MessagesRoutesTests {
    private static let said = #""max_tokens":9,"messages":[{"role":"user","content":"Hello"}]"#
    private static let asked = #"{"model":"m",\#(said),"temperature":0.10}"#
    private static let streamed = #"{"model":"m",\#(said),"stream":true}"#
    private static let path = "/v1/messages"

    private static let chat =
        #"{"id":"c1","model":"engines","choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}],"#
        + #""usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}"#
    private static let message =
        #"{"id":"c1","type":"message","role":"assistant","model":"engines","content":[{"type":"text","text":"Hi"}],"#
        + #""stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":3,"cache_creation_input_tokens":0,"#
        + #""cache_read_input_tokens":0,"output_tokens":2}}"#
    private static let piece =
        #"data: {"id":"c1","choices":[{"delta":{"content":"Hi"},"finish_reason":null}]}"# + "\n\n"
    private static let end = #"data: {"choices":[{"delta":{},"finish_reason":"stop"}]}"# + "\n\ndata: [DONE]\n\n"
    /// An upstream's own, in Anthropic's form.
    private static let clouds = #"{"type":"message","from":"cloud","content":[],"stop_reason":"end_turn"}"#

    @Test func anEngineIsAskedAsForAChat() async throws {
        try await serveOneModel { _ in
            .json(Self.chat)
        } _: { client, engine, _ in
            let response = try await client.post(Self.path + "?beta=true", Self.asked)
            #expect(response.text == Self.message)
            #expect(response.header("content-length") == String(Self.message.utf8.count))
            #expect(response.header("request-id") == response.header("x-ember-request-id"))
            let received = try #require(engine.received.first)
            #expect(received.path == "/v1/chat/completions")
            #expect(
                received.text
                    == #"{"model":"m","messages":[{"role":"user","content":"Hello"}],"max_tokens":9,"#
                    + #""temperature":0.10}"#
            )
        }
    }

    @Test func anAliasIsTheNameInTheAnswer() async throws {
        try await EngineServer.serve({ _ in .json(Self.chat) }) { engine in
            let station = try Station([edgeModel("m", aliases: ["claude"])], engineURL: engine.url)
            try await serve(station) { client in
                let response = try await client.post(Self.path, #"{"model":"claude",\#(Self.said)}"#)
                #expect(response.text.contains(#""model":"claude""#))
                #expect(engine.received.first?.text.hasPrefix(#"{"model":"m","#) == true)
            }
        }
    }

    @Test func aStream() async throws {
        try await serveOneModel(.live) { _ in
            .pieces("text/event-stream") { writer in
                try await writer.write(Self.piece)
                try await writer.write(": still here\n\n")
                try await writer.write(Self.end)
            }
        } _: { client, _, _ in
            let response = try await client.post(Self.path, Self.streamed)
            #expect(response.header("content-type") == "text/event-stream")
            let names = response.text.split(separator: "\n").filter { $0.hasPrefix("event:") }.map { $0.dropFirst(7) }
            #expect(
                names == [
                    "message_start", "content_block_start", "content_block_delta", "ping", "content_block_stop",
                    "message_delta", "message_stop",
                ])
            #expect(response.text.contains(#""text_delta","text":"Hi""#))
        }
    }

    @Test(arguments: [
        Self.piece, Self.piece + #"data: {"error":{"message":"it broke"}}"# + "\n\n" + Self.end,
        Self.piece + "data: no JSON\n\n" + Self.end,
    ])
    func aStreamThatBreaksOffEndsWithAnError(_ text: String) async throws {
        try await serveOneModel(.live) { _ in
            .pieces("text/event-stream") { try await $0.write(text) }
        } _: { client, _, _ in
            let response = try await client.post(Self.path, Self.streamed)
            let last = try #require(response.text.components(separatedBy: "\n\n").dropLast().last)
            #expect(last.hasPrefix("event: error\ndata: {\"error\":{") && last.hasSuffix(#""type":"error"}"#))
            #expect(!response.text.contains("message_stop") && response.text.contains("message_start"))
        }
    }

    @Test func anAnswerThatIsNoChatIsAnError() async throws {
        try await serveOneModel { _ in
            .json(#"{"object":"list"}"#)
        } _: { client, _, _ in
            let response = try await client.post(Self.path, Self.asked)
            #expect(response.status == .badGateway && response.text.contains(#""type":"error""#))
        }
    }

    @Test func anEnginesErrorHasAnthropicsForm() async throws {
        try await serveOneModel { _ in
            .json(#"{"error":{"code":400,"message":"no such grammar","type":"x"}}"#, status: .badRequest)
        } _: { client, _, _ in
            let response = try await client.post(Self.path, Self.asked)
            let object = try response.object()
            #expect(response.status == .badRequest && object["type"] as? String == "error")
            #expect((object["error"] as? [String: Any])?["type"] as? String == "invalid_request_error")
        }
    }

    @Test func whatNoChatCanSayIsRefusedBeforeALoad() async throws {
        try await serveOneModel { _ in
            .json(Self.chat)
        } _: { client, engine, station in
            let response = try await client.post(
                Self.path, #"{"model":"m","max_tokens":1,"messages":[{"role":"user","content":[{"type":"smell"}]}]}"#)
            #expect(response.status == .badRequest)
            #expect(try response.error().message.contains("messages[0].content[0]"))
            #expect(engine.received.isEmpty && station.audit.arrivals == 0)
        }
    }

    /// The chat lies in a file as well, and reaches the engine whole.
    @Test func aLongBody() async throws {
        let text = String(repeating: "long ", count: 400_000)
        try await serveOneModel(.live) { _ in
            .json(Self.chat)
        } _: { client, engine, _ in
            let body =
                #"{"model":"m","max_tokens":9,"messages":[{"role":"user","#
                + #""content":[{"type":"text","text":"\#(text)"}]}]}"#
            let response = try await client.post(Self.path, body)
            #expect(response.text == Self.message)
            let expected =
                #"{"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"\#(text)"}]}],"#
                + #""max_tokens":9}"#
            #expect(engine.received.first.map { $0.text == expected } == true)
        }
    }

    @Test func anEngineThatServesNoChatsGetsMessagesAsTheyAre() async throws {
        try await EngineServer.serve({ _ in .json(Self.clouds) }) { engine in
            var model = edgeModel("m")
            model.abilities.kinds = [.messages]
            let station = try Station([model], engineURL: engine.url)
            try await serve(station) { client in
                let response = try await client.post(Self.path + "?beta=true", Self.asked)
                #expect(response.text == Self.clouds)
                #expect(engine.received.map(\.text) == [Self.asked])
                #expect(engine.received.map(\.path) == [Self.path + "?beta=true"])
            }
        }
    }

    // MARK: Upstreams

    /// A model of the edge and of the cloud, which is asked first.
    private func both(
        hedgeAfter seconds: Double? = nil, upstream: @escaping EngineServer.Answer,
        engine: @escaping EngineServer.Answer,
        _ test: @Sendable (any TestClientProtocol, EngineServer, EngineServer) async throws -> Void
    ) async throws {
        try await EngineServer.serve(upstream) { sky in
            try await EngineServer.serve(engine) { edge in
                let station = try await Station.racing(sky, edge, hedgeAfter: seconds)
                try await serve(station, .live) { client in try await test(client, sky, edge) }
                #expect(await eventually { await station.isIdle() })
            }
        }
    }

    @Test func anUpstreamGetsTheClientsOwnBytes() async throws {
        try await both { _ in
            .json(Self.clouds)
        } engine: { _ in
            .json(Self.chat)
        } _: { client, sky, edge in
            let response = try await client.post(Self.path + "?beta=true", Self.asked)
            #expect(response.text == Self.clouds && response.header("x-ember-served-by") == "cloud:sky")
            #expect(sky.received.map(\.text) == [Self.asked.replacing(#""model":"m""#, with: #""model":"big""#)])
            #expect(sky.received.map(\.path) == [Self.path + "?beta=true"] && edge.received.isEmpty)
        }
    }

    @Test(arguments: [Self.asked, Self.streamed])
    func anotherTryHasItsPlacesForm(_ body: String) async throws {
        try await both { _ in
            .json(#"{"error":{"message":"busy"}}"#, status: .serviceUnavailable)
        } engine: { received in
            guard received.text.contains("stream") else { return .json(Self.chat) }
            return .pieces("text/event-stream") { try await $0.write(Self.piece + Self.end) }
        } _: { client, sky, edge in
            let response = try await client.post(Self.path, body)
            #expect(response.header("x-ember-served-by") == "edge")
            #expect(response.text == Self.message || response.text.contains("event: message_stop"))
            #expect(sky.received.map(\.path) == [Self.path])
            #expect(edge.received.map(\.path) == ["/v1/chat/completions"])
        }
    }

    @Test func aHedgeHasTheEdgesForm() async throws {
        let never = Gate()
        try await both(hedgeAfter: 0.01) { _ in
            _ = await never.wait()
            return .json(Self.clouds)
        } engine: { _ in
            .json(Self.chat)
        } _: { client, _, edge in
            let response = try await client.post(Self.path, Self.asked)
            #expect(response.text == Self.message && response.header("x-ember-hedged") == "true")
            #expect(edge.received.map(\.path) == ["/v1/chat/completions"])
        }
        never.open()
    }

    @Test func whatNoChatCanSayGoesToTheCloud() async throws {
        let body = #"{"model":"m","max_tokens":1,"messages":[{"role":"user","content":[{"type":"smell"}]}]}"#
        try await EngineServer.serve({ _ in .json(Self.clouds) }) { sky in
            let station = try Station([edgeModel("m", cloud: .at(sky.url + "/v1", model: "m"))])
            try await serve(station) { client in
                let response = try await client.post(Self.path, body)
                #expect(response.text == Self.clouds && response.header("x-ember-offload-reason") == "unfit")
                #expect(sky.received.map(\.text) == [body])
            }
        }
    }
}
