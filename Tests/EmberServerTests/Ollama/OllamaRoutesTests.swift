import EmberCore
import HTTPTypes
import HummingbirdTesting
import NIOCore
import Testing

@testable import EmberServer

/// Ollama's paths over an engine that answers in OpenAI's form.
@Suite struct OllamaRoutesTests {
    private static let hello = #"{"model":"m:latest","messages":[{"role":"user","content":"Hi"}]}"#
    private static let events =
        #"data: {"choices":[{"delta":{"content":"a"},"finish_reason":null}]}"# + "\n\n"
        + #"data: {"choices":[{"delta":{},"finish_reason":"stop"}]}"# + "\n\ndata: [DONE]\n\n"

    @Test func aStreamIsLines() async throws {
        try await serveOneModel { _ in
            .pieces("text/event-stream") { try await $0.write(Self.events) }
        } _: { client, engine, _ async throws in
            let response = try await client.post(
                "/api/chat", Self.hello, headers: [.accept: "application/x-ndjson", .contentType: "text/plain"])
            #expect(response.status == .ok)
            #expect(response.headers[.contentType] == "application/x-ndjson")
            #expect(response.header("x-ember-model") == "m" && response.header("x-ember-request-id") != nil)
            let lines = response.text.split(separator: "\n")
            #expect(lines.count == 2)
            #expect(lines[0].contains(#""model":"m:latest""#) && lines[0].contains(#""content":"a"},"done":false}"#))
            #expect(lines[1].contains(#""done":true,"done_reason":"stop","total_duration":"#))
            #expect(lines[1].contains(#""load_duration":"#))
            let asked = try #require(engine.received.first)
            #expect(asked.path == "/v1/chat/completions")
            #expect(asked.headers[.accept] == nil && asked.headers[.contentType] == "application/json")
        }
    }

    @Test func theTagIsUnderstoodInOtherAPIsToo() async throws {
        try await serveOneModel { _ in
            .json(#"{"model":"m"}"#)
        } _: { client, engine, _ async throws in
            #expect(try await client.chat(#"{"model":"m:latest"}"#).text == #"{"model":"m:latest"}"#)
            #expect(engine.received.map(\.text) == [#"{"model":"m"}"#])
        }
    }

    @Test func aWholeAnswer() async throws {
        try await serveOneModel { _ in
            .json(#"{"choices":[{"message":{"content":"a"},"finish_reason":"stop"}]}"#)
        } _: { client, _, _ async throws in
            let response = try await client.post(
                "/api/generate", #"{"model":"m","prompt":"x","stream":false}"#)
            #expect(response.headers[.contentType] == "application/json; charset=utf-8")
            #expect(response.text.timeless.hasPrefix(#"{"model":"m","created_at":"T","response":"a","done":true"#))
        }
    }

    /// Long bodies and answers are translated off the connection's thread: a debug build checks that.
    @Test func picturesAndManyVectors() async throws {
        let picture = String(repeating: "iVBORw0KGgo", count: 300_000)
        let vector = "[" + String(repeating: "0.125,", count: 100_000) + "1]"
        try await serveOneModel { received in
            received.path == "/v1/embeddings"
                ? .json(#"{"data":[{"index":0,"embedding":\#(vector)}]}"#)
                : .json(#"{"choices":[{"message":{"content":"\#(received.body.readableBytes)"}}]}"#)
        } _: { client, engine, _ async throws in
            let chat = try await client.post(
                "/api/generate", #"{"model":"m","prompt":"x","stream":false,"images":["\#(picture)"]}"#)
            #expect(chat.status == .ok, "\(chat.text.prefix(200))")
            #expect(engine.received.first?.text.contains("data:image/png;base64,\(picture)\"") == true)
            let embeddings = try await client.post("/api/embed", #"{"model":"m","input":"x"}"#)
            #expect(embeddings.text.contains(#""embeddings":[\#(vector)]"#))
        }
    }

    @Test func errorsAreTexts() async throws {
        try await serveOneModel { _ in
            .json(#"{"error":{"message":"bad \"grammar\"","code":400}}"#, status: .badRequest)
        } _: { client, _, _ async throws in
            let cases: [(String, String, HTTPResponse.Status, String)] = [
                ("/api/chat", Self.hello, .badRequest, #"{"error":"bad \"grammar\""}"#),
                ("/api/chat", #"{"model":"x"}"#, .notFound, #"{"error":"model 'x' not found"}"#),
                ("/api/show", #"{"model":"x"}"#, .notFound, #"{"error":"model 'x' not found"}"#),
                ("/api/embed", "{}", .badRequest, #"{"error":"model is required"}"#),
            ]
            for (path, body, status, text) in cases {
                let response = try await client.post(path, body)
                #expect(response.status == status && response.text == text, "\(path)")
            }
            let nowhere = try await client.post("/api/nothing", "{}")
            #expect(nowhere.status == .notFound && nowhere.text.hasPrefix(#"{"error":"There is nothing"#))
            let wrong = try await client.get("/api/chat")
            #expect(wrong.status == .methodNotAllowed && wrong.text.hasPrefix(#"{"error":"#))
        }
    }

    @Test func anAnswerThatIsNoneIsTheEnginesFault() async throws {
        try await serveOneModel { _ in
            .json("[1]")
        } _: { client, _, _ async throws in
            let response = try await client.post("/api/embed", #"{"model":"m","input":"x"}"#)
            #expect(response.status == .badGateway && response.text.hasPrefix(#"{"error":"#))
        }
    }

    @Test func keysHold() async throws {
        let keys = [AccessKey(name: "eva", key: "secret", service: nil)]
        try await serveOneModel(settings: { $0.keys = AccessKeys(keys) }) { _ in
            .json("{}")
        } _: { client, _, _ async throws in
            for path in ["/", "/api/version", "/api/tags", "/api/ps"] {
                #expect(try await client.get(path).status == .unauthorized)
                #expect(try await client.get(path, headers: [.authorization: "Bearer secret"]).status == .ok)
            }
            let refused = try await client.post("/api/chat", Self.hello)
            #expect(refused.status == .unauthorized && refused.text.hasPrefix(#"{"error":"Give one"#))
        }
    }

    @Test func pagesOfOtherSitesAreRefused() async throws {
        try await serveOneModel { _ in
            .json("{}")
        } _: { client, engine, _ async throws in
            let headers: HTTPFields = [HTTPField.Name("origin")!: "https://elsewhere.example"]
            let response = try await client.post("/api/chat", Self.hello, headers: headers)
            #expect(response.status == .forbidden && response.text.hasPrefix(#"{"error":"#))
            #expect(engine.received.isEmpty)
        }
    }

    @Test func loadsAndUnloads() async throws {
        try await serveOneModel { _ in
            .json(#"{"choices":[{"message":{"content":"a"},"finish_reason":"stop"}]}"#)
        } _: { client, _, station async throws in
            let loaded = try await client.post("/api/generate", #"{"model":"m"}"#)
            #expect(loaded.text.contains(#""done":true,"done_reason":"load"}"#))
            #expect(await station.view(of: "m").status == .loaded)
            let residents = try await client.get("/api/ps").text
            #expect(residents.contains(#""name":"m:latest""#) && residents.contains(#""size_vram":0"#))
            let unloaded = try await client.post("/api/chat", #"{"model":"m","messages":[],"keep_alive":0}"#)
            #expect(unloaded.text.contains(#""done_reason":"unload""#))
            #expect(await station.becomes(.unloaded, "m"))
            let body = #"{"model":"m","prompt":"x","stream":false,"keep_alive":"0s"}"#
            #expect(try await client.post("/api/generate", body).status == .ok)
            #expect(await station.becomes(.unloaded, "m"))
            #expect(try await client.get("/api/ps").text == #"{"models":[]}"#)
        }
    }

    @Test func clientsHearBlanksWhileTheModelLoads() async throws {
        try await EngineServer.serve({ _ in
            .pieces("text/event-stream") { try await $0.write(Self.events) }
        }) { engine in
            let station = try Station([edgeModel("m")], engineURL: engine.url)
            let gate = station.starter.holdNextStart(of: "m")
            try await serve(station, .live, settings: { $0.pingSeconds = 0.05 }) { client in
                let connection = try await Connection.open(port: try #require(client.port))
                try await connection.post("/api/chat", Self.hello)
                // Each a chunk.
                #expect(await eventually { connection.received.components(separatedBy: "1\r\n \r\n").count > 3 })
                gate.open()
                #expect(await connection.receives(#""done":true"#))
                #expect(await connection.receives("0\r\n\r\n"))
                try await connection.close()
            }
        }
    }

    @Test func failureAfterBlanksIsAnErrorLine() async throws {
        let station = try Station([edgeModel("m")]) { $0.queue.maxWaitSeconds = 5 }
        _ = station.starter.holdNextStart(of: "m")
        try await serve(station, settings: { $0.pingSeconds = 0.05 }) { client in
            let response = try await client.post("/api/chat", Self.hello)
            #expect(response.status == .ok)
            #expect(response.text.hasPrefix(" ") && response.text.contains(#"{"error":""#))
            #expect(response.text.split(separator: "\n").count == 1)
        }
        #expect(await station.isIdle())
    }

    @Test func aStreamThatBreaksEndsWithAnError() async throws {
        try await serveOneModel { _ in
            .pieces("text/event-stream") {
                try await $0.write(#"data: {"choices":[{"delta":{"content":"a"}}]}"# + "\n\n")
            }
        } _: { client, _, _ async throws in
            let lines = try await client.post("/api/chat", Self.hello).text.split(separator: "\n")
            #expect(lines.count == 2 && lines.last?.hasPrefix(#"{"error":"The engine ended"#) == true)
        }
    }

    @Test func whatAConfigurationAllows() async throws {
        let station = try Station([edgeModel("m", aliases: ["n"]), edgeModel("o")])
        try await serve(station) { client in
            let tags = try await client.get("/api/tags").text
            for name in ["m:latest", "n:latest", "o:latest"] { #expect(tags.contains(#""model":"\#(name)""#)) }
            let pull = try await client.post("/api/pull", #"{"name":"m"}"#).text.split(separator: "\n")
            #expect(pull.count == 3 && pull.last == #"{"status":"success"}"#)
            let whole = try await client.post("/api/pull", #"{"model":"m","stream":false}"#)
            #expect(whole.text == #"{"status":"success"}"#)
            #expect(try await client.post("/api/pull", #"{"model":"x"}"#).status == .notFound)
            let copies = ["n": HTTPResponse.Status.ok, "o": .forbidden, "new": .forbidden]
            for (name, status) in copies {
                let response = try await client.post("/api/copy", #"{"source":"m","destination":"\#(name)"}"#)
                #expect(response.status == status, "\(name)")
            }
            let delete = try await client.executeRequest(
                uri: "/api/delete", method: .delete, headers: [:], body: ByteBuffer(string: #"{"model":"m"}"#))
            #expect(delete.status == .forbidden && delete.text.contains("configuration"))
            for path in ["/api/create", "/api/push", "/api/blobs/sha256:1"] {
                #expect(try await client.post(path, #"{"model":"m"}"#).status == .forbidden)
            }
            #expect(try await client.get("/api/blobs/sha256:1").status == .notFound)
            #expect(try await client.get("/").text == "Ollama is running")
            #expect(try await client.get("/api/version").text.contains(#""version":"0."#))
        }
    }
}
