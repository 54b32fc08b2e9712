import EmberCore
import Hummingbird
import HummingbirdTesting
import Testing

@testable import EmberServer

/// Clients that go, at every stage of a request: nothing stays behind, and loads go on.
@Suite struct DisconnectTests {
    @Test(arguments: [#"{"model":"m"}"#, #"{"model":"m","stream":true}"#])
    func whileTheModelLoads(_ body: String) async throws {
        let station = try Station([edgeModel("m")])
        let gate = station.starter.holdNextStart(of: "m")
        try await serve(station, .live, settings: { $0.pingSeconds = 0.05 }) { client in
            let connection = try await Connection.open(port: try #require(client.port))
            try await connection.post("/v1/chat/completions", body)
            #expect(await eventually { await station.view(of: "m").waiting == 1 })
            try await connection.reset()
            #expect(await eventually { await station.isIdle() })
            gate.open()
            #expect(await station.becomes(.loaded, "m"))
        }
        #expect(station.audit.violations == [])
    }

    @Test func beforeTheFirstByteOfTheAnswer() async throws {
        let gate = Gate()
        try await serveOneModel(.live) { _ in
            _ = await gate.wait()
            return .json("{}")
        } _: { client, engine, station in
            let connection = try await Connection.open(port: try #require(client.port))
            try await connection.post("/v1/chat/completions", #"{"model":"m"}"#)
            #expect(await eventually { engine.running == 1 })
            try await connection.reset()
            #expect(await eventually { await station.isIdle() })
            gate.open()
        }
    }

    @Test(arguments: ["text/event-stream", "application/json"])
    func inTheMiddleOfTheAnswer(_ type: String) async throws {
        let hasEnded = Gate()
        try await serveOneModel(.live) { _ in
            .pieces(type) { writer in
                defer { hasEnded.open() }
                // Ends only when Ember closes the connection.
                while true {
                    try await writer.write("data: more\n\n")
                    try await Task.sleep(for: .milliseconds(5))
                }
            }
        } _: { client, engine, station in
            let connection = try await Connection.open(port: try #require(client.port))
            let isStream = type == "text/event-stream"
            try await connection.post("/v1/chat/completions", #"{"model":"m","stream":\#(isStream)}"#)
            // Nothing is seen of an answer that is no stream before it is whole.
            if isStream { #expect(await connection.receives("data: more")) }
            #expect(await eventually { !engine.received.isEmpty })
            #expect(await station.view(of: "m").inFlight == 1)
            try await connection.reset()
            #expect(await eventually { await station.isIdle() })
            #expect(await value { await hasEnded.wait() } == true, "the engine decodes for a client that has gone")
        }
    }

    /// An engine that is silent for long is left as soon as the client goes, not at its next piece.
    @Test func whileAStreamIsSilent() async throws {
        let gate = Gate()
        try await serveOneModel(.live) { _ in
            .pieces("text/event-stream") { writer in
                try await writer.write("data: first\n\n")
                _ = await gate.wait()
            }
        } _: { client, _, station in
            let connection = try await Connection.open(port: try #require(client.port))
            try await connection.post("/v1/chat/completions", #"{"model":"m","stream":true}"#)
            #expect(await connection.receives("data: first"))
            try await connection.close()
            #expect(await eventually { await station.isIdle() })
            gate.open()
        }
    }

    /// TCP shows only that the client sends no more: it may be reading.
    @Test func aClientThatOnlyClosesItsSideKeepsItsSlotUntilAnotherWaits() async throws {
        let gate = Gate()
        try await serveOneModel(
            .live, parallel: 1, settings: { $0.connections.patience.halfClosed = .milliseconds(50) }
        ) { _ in
            _ = await gate.wait()
            return .json("{}")
        } _: { client, engine, station in
            let port = try #require(client.port)
            let connection = try await Connection.open(port: port)
            try await connection.post("/v1/chat/completions", #"{"model":"m"}"#)
            #expect(await eventually { engine.running == 1 })
            try await connection.close()
            try await Task.sleep(for: .milliseconds(200))
            #expect(await station.view(of: "m").inFlight == 1)
            let other = try await Connection.open(port: port)
            try await other.post("/v1/chat/completions", #"{"model":"m"}"#)
            // The first one is given up, and the other one has its slot.
            #expect(await eventually { engine.received.count == 2 })
            gate.open()
            #expect(await other.receives("{}"))
        }
    }

    @Test func inTheMiddleOfTheUpload() async throws {
        let station = try Station([edgeModel("m")])
        try await serve(station, .live) { client in
            let connection = try await Connection.open(port: try #require(client.port))
            try await connection.send(
                "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{\"model\":\"m\"")
            try await connection.close()
            #expect(try await client.get("/health").status == .ok)
        }
        #expect(station.audit.arrivals == 0)
        #expect(await station.isIdle())
    }
}
