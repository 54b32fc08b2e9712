import Testing

@testable import EmberServer

/// More connections than there may be.
@Suite struct ConnectionBoundTests {
    @Test func whoIsTurnedAwayIsToldSoUnasked() async throws {
        let gate = Gate()
        let limits = ConnectionLimits(total: 1, perAddress: 1)
        try await serveOneModel(.live, settings: { $0.connections = limits }) { _ in
            _ = await gate.wait()
            return .json("{}")
        } _: { client, engine, _ in
            let port = try #require(client.port)
            let busy = try await Connection.open(port: port)
            try await busy.post("/v1/chat/completions", #"{"model":"m"}"#)
            #expect(await eventually { engine.running == 1 })
            // Those of the reserve hear nothing as long as they say nothing. How many are there at once depends on the machine.
            var opened: [Connection] = []
            var turnedAway: Connection?
            while turnedAway == nil, opened.count < 40 * limits.reserve {
                opened.append(try await Connection.open(port: port))
                try await Task.sleep(for: .milliseconds(10))
                turnedAway = opened.first { $0.received.hasPrefix("HTTP/1.1 503") }
            }
            let told = try #require(turnedAway)
            #expect(opened.count > limits.reserve)
            #expect(await told.receives("too_many_connections"), "\(told.received)")
            #expect(await eventually { told.isClosedByServer })
            for connection in opened { try await connection.close() }
            // The first one has not been disturbed.
            gate.open()
            #expect(await busy.receives("HTTP/1.1 200"))
            try await busy.close()
        }
    }
}
