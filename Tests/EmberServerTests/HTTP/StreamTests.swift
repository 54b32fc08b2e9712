import EmberCore
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import NIOCore
import Testing

@testable import EmberServer

private let streaming = #"{"model":"m","stream":true}"#

@Suite struct StreamTests {
    @Test func eventsArePassedOnAsTheyCome() async throws {
        let gate = Gate()
        try await serveOneModel(.live) { _ in
            .pieces("text/event-stream") { writer in
                try await writer.write("data: first\n\n")
                _ = await gate.wait()
                try await writer.write("data: second\n\ndata: [DONE]\n\n")
            }
        } _: { client, _, station in
            let connection = try await Connection.open(port: try #require(client.port))
            try await connection.post("/v1/chat/completions", streaming)
            #expect(await connection.receives("data: first\n\n"))
            #expect(!connection.received.contains("second"))
            #expect(await station.view(of: "m").inFlight == 1)
            gate.open()
            #expect(await connection.receives("data: second\n\ndata: [DONE]\n\n"))
            let head = connection.received.lowercased()
            #expect(head.contains("content-type: text/event-stream"))
            #expect(head.contains("x-accel-buffering: no"))
            #expect(head.contains("cache-control: no-cache"))
            try await connection.close()
        }
    }

    @Test func streamWithoutWaitingHasNoPings() async throws {
        let events = "data: {\"a\":1}\n\n: the engine's own comment\n\ndata: [DONE]\n\n"
        try await serveOneModel { _ in
            .pieces("text/event-stream") { try await $0.write(events) }
        } _: { client, _, _ async throws in
            #expect(try await client.chat(streaming).text == events)
        }
    }

    @Test func clientHearsCommentsWhileTheModelLoads() async throws {
        try await EngineServer.serve({ _ in
            .pieces("text/event-stream") { try await $0.write("data: hello\n\ndata: [DONE]\n\n") }
        }) {
            engine in
            let station = try Station([edgeModel("m")], engineURL: engine.url)
            let gate = station.starter.holdNextStart(of: "m")
            try await serve(station, .live, settings: { $0.pingSeconds = 0.05 }) { client in
                let connection = try await Connection.open(port: try #require(client.port))
                try await connection.post("/v1/chat/completions", streaming)
                #expect(await eventually { connection.received.components(separatedBy: ": waiting").count > 3 })
                #expect(connection.received.contains("200 OK"))
                #expect(engine.received.isEmpty)
                gate.open()
                #expect(await connection.receives("data: hello\n\n"))
                #expect(await connection.receives("0\r\n\r\n"))
                try await connection.close()
            }
            #expect(await station.isIdle())
            #expect(await station.coordinator.state().cost.edgeRequests == 1)
        }
    }

    @Test func failureAfterPingsIsAnErrorEvent() async throws {
        // Far apart, because the pool of threads is shared with tests that block it for a while.
        let station = try Station([edgeModel("m")]) { $0.queue.maxWaitSeconds = 5 }
        _ = station.starter.holdNextStart(of: "m")
        try await serve(station, settings: { $0.pingSeconds = 0.05 }) { client in
            let response = try await client.chat(streaming)
            #expect(response.status == .ok)
            #expect(response.text.hasPrefix(": waiting for the model\n\n"))
            let event = try #require(response.text.split(separator: "\n\n").last)
            #expect(event.hasPrefix("data: {"))
            #expect(event.contains(#""code":"waited_too_long""#))
        }
        #expect(await station.isIdle())
    }

    @Test func engineErrorAfterPingsIsAnErrorEvent() async throws {
        try await EngineServer.serve({ _ in .json("{\"error\":\n {\"message\":\"bad grammar\"}}", status: .badRequest) }
        ) {
            engine in
            let station = try Station([edgeModel("m")], engineURL: engine.url)
            let gate = station.starter.holdNextStart(of: "m")
            try await serve(station, .live, settings: { $0.pingSeconds = 0.05 }) { client in
                let connection = try await Connection.open(port: try #require(client.port))
                try await connection.post("/v1/chat/completions", streaming)
                #expect(await connection.receives(": waiting"))
                gate.open()
                #expect(
                    await connection.receives(
                        #"data: {"error":{"code":null,"message":"bad grammar","param":null,"#
                            + #""type":"invalid_request_error"},"type":"error"}"#
                            + "\n\n"))
                try await connection.close()
            }
            #expect(await station.isIdle())
        }
    }

    @Test func waitThatEndsBeforeTheFirstPingKeepsItsStatus() async throws {
        let station = try Station([edgeModel("m")]) { $0.queue.maxWaitSeconds = 0.1 }
        _ = station.starter.holdNextStart(of: "m")
        try await serve(station, settings: { $0.pingSeconds = patienceSeconds }) { client in
            let response = try await client.chat(streaming)
            #expect(response.status == .serviceUnavailable)
            #expect(response.headers[.retryAfter] == "5")
        }
    }

    @Test func streamThatBreaksEndsWithAnErrorEvent() async throws {
        try await serveOneModel(.live) { _ in
            .pieces("text/event-stream") { writer in
                try await writer.write("data: half\n\n")
                throw Broken()
            }
        } _: { client, engine, _ in
            let connection = try await Connection.open(port: try #require(client.port))
            try await connection.post("/v1/chat/completions", streaming)
            #expect(await connection.receives(#""code":"engine_failed""#))
            #expect(await connection.receives("0\r\n\r\n"))
            #expect(connection.received.contains("data: half\n\n"))
            #expect(engine.received.count == 1, "what the client has seen cannot be taken back")
            try await connection.close()
        }
    }

    /// Ended properly it would look like a whole answer.
    @Test func answerThatBreaksWithoutBeingAStreamEndsTheConnection() async throws {
        try await serveOneModel(.live) { _ in
            .pieces("application/json") { writer in
                // More than is held back, wherever it is cut.
                let part = String(repeating: "x", count: EngineAnswer.largestHeld / 8)
                for _ in 0..<16 { try await writer.write("[" + part) }
                throw Broken()
            }
        } _: { client, _, _ in
            let connection = try await Connection.open(port: try #require(client.port))
            try await connection.post("/v1/chat/completions", #"{"model":"m"}"#)
            #expect(await eventually { connection.isClosedByServer })
            #expect(!connection.received.hasSuffix("0\r\n\r\n"))
        }
    }

    @Test func engineThatEndsBeforeItsAnswerIsTriedAgain() async throws {
        let attempts = Attempts()
        try await serveOneModel(.live) { _ in
            guard await attempts.next() > 1 else {
                return .pieces("application/json") { _ in throw Broken() }
            }
            return .json(#"{"second":true}"#)
        } _: { client, engine, _ in
            let response = try await client.chat()
            #expect(response.text == #"{"second":true}"#)
            #expect(engine.received.count == 2)
        }
    }

    private struct Broken: Error {}

    private actor Attempts {
        private var count = 0
        func next() -> Int {
            count += 1
            return count
        }
    }
}
