import EmberCore
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

@testable import EmberServer

/// Errors of Ember's own: their status, shape and words.
@Suite struct RefusalTests {
    struct BadBody: Sendable, CustomTestStringConvertible {
        var body: String
        var status: Int
        var param: String?
        var says: String
        var testDescription: String { body }
    }

    /// With the arithmetic: what counts as tokens, and the text by its longest token.
    @Test(arguments: [
        ("/v1/chat/completions", #""messages":[{"role":"user","content":"T"}]"#, "for the messages"),
        ("/v1/messages", #""messages":[{"role":"user","content":"T"}]"#, "for the messages"),
        ("/v1/responses", #""input":[{"role":"user","content":"T"}]"#, "for the messages"),
        ("/v1/completions", #""prompt":[1,2,3,4,5,6,7,8,9,10,11,12]"#, "12 given"),
    ])
    func aPromptThatIsTooLongIsToldInItsAPIsWords(_ path: String, _ member: String, _ words: String) async throws {
        var model = edgeModel("m")
        model.abilities.window = .init(tokens: 10, longestToken: 4)
        let text = String(repeating: "a", count: 400)
        let body = #"{"model":"m","max_tokens":1,"# + member.replacing("T", with: text) + "}"
        try await serve(try Station([model])) { client in
            let response = try await client.post(path, body)
            #expect(response.status == .badRequest && response.text.contains(words), "\(response.text)")
        }
    }

    @Test(arguments: [
        BadBody(body: "", status: 400, says: "JSON object"),
        BadBody(body: "[]", status: 400, says: "JSON object"),
        BadBody(body: #"{"model":"m""#, status: 400, says: "byte 12"),
        BadBody(body: #"{"model":7}"#, status: 400, param: "model", says: "string"),
        BadBody(body: "{}", status: 400, param: "model", says: "missing"),
        BadBody(body: #"{"model":"gone"}"#, status: 404, param: "model", says: "'gone'"),
    ])
    func badBodiesAreExplained(_ bad: BadBody) async throws {
        let station = try Station([edgeModel("m"), edgeModel("n")])
        try await serve(station) { client in
            let response = try await client.chat(bad.body)
            #expect(response.status.code == bad.status)
            #expect(response.headers[.contentType] == "application/json")
            let error = try response.error()
            #expect(error.type == "invalid_request_error")
            #expect(error.param == bad.param)
            #expect(error.message.contains(bad.says), "\(error.message)")
            // Anthropic's clients look for this.
            #expect(try response.object()["type"] as? String == "error")
        }
        #expect(station.audit.arrivals == 0)
    }

    @Test func refusalTellsWhenToComeBack() async throws {
        let station = try Station([edgeModel("m")]) { $0.queue.limit = 1 }
        _ = station.starter.holdNextStart(of: "m")
        _ = await station.admit("m")
        try await serve(station) { client in
            let response = try await client.chat()
            #expect(response.status == .tooManyRequests)
            #expect(response.headers[.retryAfter] == "2")
            let error = try response.error()
            #expect(error.type == "rate_limit_error")
            #expect(error.code == "queue_full")
        }
    }

    @Test func modelThatNeverFitsIsUnavailableWithoutATime() async throws {
        let station = try Station([edgeModel("m", bytes: 500)])
        try await serve(station) { client in
            let response = try await client.chat()
            #expect(response.status == .serviceUnavailable)
            #expect(response.headers[.retryAfter] == nil)
            #expect(try response.error().code == "model_does_not_fit")
        }
    }

    @Test func engineThatAlwaysFailsIsABadGateway() async throws {
        // Nothing listens at the engine's address.
        let station = try Station([edgeModel("m")])
        try await serve(station) { client in
            let response = try await client.chat()
            #expect(response.status == .badGateway)
            #expect(response.headers[.retryAfter] == "1")
            #expect(try response.error().code == "engine_failed")
        }
        #expect(await station.isIdle())
        #expect(station.audit.violations == [])
    }

    @Test(arguments: ["/nothing", "/v2/models", "/v1/chat", "/ember/v1/nothing"])
    func unknownURLsHaveTheShapeOfAllErrors(_ path: String) async throws {
        try await serve(try Station([edgeModel("m")])) { client in
            let response = try await client.get(path)
            #expect(response.status == .notFound)
            let error = try response.error()
            #expect(error.code == "unknown_url")
            #expect(error.message.contains("GET \(path)"))
            #expect(response.text.contains(#""param":null"#))
        }
    }

    @Test func bodyThatSaysItIsTooLargeIsRefused() async throws {
        try await serve(try Station([edgeModel("m")]), settings: { $0.bodyLengths.bytes = 100 }) { client in
            let limit = #"{"model":"gone","x":""# + String(repeating: "x", count: 77) + "\"}"
            #expect(limit.utf8.count == 100)
            #expect(try await client.chat(limit).status == .notFound)
            let response = try await client.chat(limit + " ")
            #expect(response.status == .contentTooLarge)
            let error = try response.error()
            #expect(error.code == "body_too_large")
            #expect(error.message.contains("max_body"))
        }
    }

    @Test func chunkedBodyThatIsTooLargeIsRefused() async throws {
        let station = try Station([edgeModel("m")])
        try await serve(station, .live, settings: { $0.bodyLengths.bytes = 1000 }) { client in
            let connection = try await Connection.open(port: try #require(client.port))
            try await connection.send(
                "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
            let chunk = "200\r\n" + String(repeating: "x", count: 0x200) + "\r\n"
            for _ in 0..<4 { try await connection.send(chunk) }
            try await connection.send("0\r\n\r\n")
            #expect(await connection.receives("413"))
            #expect(await connection.receives("body_too_large"))
            try await connection.close()
            #expect(try await client.get("/health").status == .ok)
        }
        #expect(station.audit.arrivals == 0)
    }

    @Test func operatorsBodiesAreLimitedToo() async throws {
        try await serve(try Station([edgeModel("m")])) { client in
            let body = #"{"model":"m","x":""# + String(repeating: "x", count: 100_000) + "\"}"
            let response = try await client.post("/ember/v1/models/load", body)
            #expect(response.status == .contentTooLarge)
            #expect(try response.error().code == "body_too_large")
        }
    }
}
