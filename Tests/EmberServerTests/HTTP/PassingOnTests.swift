import EmberCore
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

@testable import EmberServer

/// What of a request reaches the engine, and what of its answer reaches the client.
@Suite struct PassingOnTests {
    @Test func onlyHeadersAboutTheAnswersFormReachTheEngine() async throws {
        try await serveOneModel(settings: {
            $0.keys = AccessKeys([AccessKey(name: "eva", key: "secret", service: nil)])
        }) { _ in
            .json("{}")
        } _: { client, engine, _ in
            let response = try await client.chat(headers: [
                .authorization: "Bearer secret", .cookie: "session=1", .contentType: "application/json",
                .accept: "text/event-stream", .userAgent: "tester", .referer: "http://elsewhere",
                HTTPField.Name("x-api-key")!: "secret", HTTPField.Name("anthropic-version")!: "2023-06-01",
                HTTPField.Name("anthropic-beta")!: "b", HTTPField.Name("openai-beta")!: "c",
                HTTPField.Name("x-forwarded-for")!: "10.0.0.1", HTTPField.Name("proxy-authorization")!: "Basic x",
            ])
            #expect(response.status == .ok)
            let headers = try #require(engine.received.first).headers
            #expect(headers[.contentType] == "application/json")
            #expect(headers[.accept] == "text/event-stream")
            #expect(headers[HTTPField.Name("anthropic-version")!] == "2023-06-01")
            #expect(headers[HTTPField.Name("anthropic-beta")!] == "b")
            #expect(headers[HTTPField.Name("openai-beta")!] == "c")
            let others = Set(headers.map(\.name.canonicalName))
            let allowed: Set = [
                "content-type", "accept", "anthropic-version", "anthropic-beta", "openai-beta", "host",
                "content-length", "connection", "accept-encoding",
            ]
            #expect(others.isSubset(of: allowed), "\(others.subtracting(allowed))")
        }
    }

    @Test(arguments: [
        #"{"model":"m","temperature":0.1000,"future_option":{"a":[1,2.50,null]},"x":"caf\u00e9"}"#,
        " {\n\"x\" : 1e400 , \"model\":\"m\" ,\"x\":2}\r\n",
    ])
    func unknownParametersReachTheEngineByteForByte(_ body: String) async throws {
        try await serveOneModel { _ in
            .json("{}")
        } _: { client, engine, _ in
            _ = try await client.chat(body)
            #expect(engine.received.map(\.text) == [body])
            #expect(engine.received.map(\.path) == ["/v1/chat/completions"])
        }
    }

    @Test func aliasReachesTheEngineAsTheModelsName() async throws {
        try await EngineServer.serve({ _ in .json("{}") }) { engine in
            let station = try Station([edgeModel("m", aliases: ["gpt-4o"])], engineURL: engine.url)
            try await serve(station) { client in
                let response = try await client.chat(#"{"n":1.0,"model":"gpt-4o"}"#)
                #expect(response.header("x-ember-model") == "m")
                #expect(engine.received.map(\.text) == [#"{"n":1.0,"model":"m"}"#])
            }
        }
    }

    /// But for messages, which engines receive as chats.
    @Test(arguments: RequestKind.allCases.filter { $0 != .messages }.map(\.path))
    func everyPathIsPassedOn(_ path: String) async throws {
        try await serveOneModel {
            .json(#"{"path":"\#($0.path)"}"#)
        } _: { client, _, _ in
            let response = try await client.post(path, #"{"model":"m"}"#)
            #expect(response.text == #"{"path":"\#(path)"}"#)
        }
    }

    @Test func theQueryIsPassedOn() async throws {
        try await serveOneModel { _ in
            .json("{}")
        } _: { client, engine, _ in
            _ = try await client.post("/v1/responses?beta=true&x=a%20b", #"{"model":"m"}"#)
            #expect(engine.received.map(\.path) == ["/v1/responses?beta=true&x=a%20b"])
        }
    }

    @Test func answerIsPassedOnWithWhereItCameFrom() async throws {
        try await serveOneModel { _ in
            .json(#"{"usage":{"total_tokens":12},"odd":1.50}"#, headers: [.setCookie: "a=b", .server: "engine"])
        } _: { client, _, station in
            let response = try await client.chat()
            #expect(response.status == .ok)
            #expect(response.text == #"{"usage":{"total_tokens":12},"odd":1.50}"#)
            #expect(response.headers[.contentType] == "application/json")
            #expect(response.header("x-ember-served-by") == "edge")
            #expect(response.header("x-ember-model") == "m")
            #expect(response.headers[.setCookie] == nil)
            #expect(response.headers[.server] != "engine")
            #expect(await station.coordinator.state().cost.edgeRequests == 1)
        }
    }

    @Test(arguments: [400, 404, 422, 429, 500, 501, 503])
    func enginesErrorsArePassedOnInTheApisForm(_ code: Int) async throws {
        let error = #"{"error":{"message":"the engine's own words","code":\#(code),"n_ctx":512},"id":1}"#
        try await serveOneModel { _ in
            .json(error, status: .init(code: code), headers: [.retryAfter: "7"])
        } _: { client, engine, _ in
            let response = try await client.chat()
            // An engine that lives on has found fault with the request. A 500 with Retry-After is about the engine
            // itself.
            let isBlamed = code == 501
            #expect(response.status.code == (isBlamed ? 400 : code))
            let told = try response.error()
            #expect(told.message == "the engine's own words" && told.code == "\(code)" && told.param == nil)
            #expect(response.text.contains(#""n_ctx":512"#) && response.text.contains(#""id":1"#))
            #expect(response.headers[.retryAfter] == (isBlamed ? nil : "7"))
            #expect(engine.received.count == 1, "an answer, even a bad one, is no reason to try again")
        }
    }

    @Test func chunkedAnswersArePassedOn() async throws {
        let piece = String(repeating: "0123456789", count: 1000)
        try await serveOneModel(.live) { _ in
            .pieces("application/json") { writer in
                for _ in 0..<20 { try await writer.write(piece) }
            }
        } _: { client, _, _ in
            let response = try await client.chat()
            #expect(response.text == String(repeating: piece, count: 20))
            #expect(response.headers[.contentType] == "application/json")
        }
    }

    @Test(arguments: [200, 500])
    func emptyAnswersArePassedOn(_ code: Int) async throws {
        try await serveOneModel(.live) { _ in
            Response(status: .init(code: code))
        } _: { client, _, _ in
            let response = try await client.chat()
            #expect(response.status.code == code)
            #expect(response.body.readableBytes == 0)
        }
    }

    @Test func emptyChunkedAnswersArePassedOn() async throws {
        try await serveOneModel(.live) { _ in
            .pieces("application/json") { _ in }
        } _: { client, _, _ in
            let response = try await client.chat()
            #expect(response.status == .ok)
            #expect(response.body.readableBytes == 0)
        }
    }

    @Test func answerWithoutContentIsPassedOn() async throws {
        try await serveOneModel(.live) { _ in
            Response(status: .noContent)
        } _: { client, _, _ async throws in
            #expect(try await client.chat().status == .noContent)
            // The connection must still be in step.
            #expect(try await client.get("/health").status == .ok)
        }
    }

    @Test func largeAnswersArePassedOn() async throws {
        let text = String(repeating: "x", count: 20 << 20)
        try await serveOneModel { _ in
            .json(text)
        } _: { client, _, _ async throws in
            #expect(try await client.chat().body.readableBytes == text.utf8.count)
        }
    }
}
