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
            // The first ones may find the test client's own connection in the only place: it is idle, and gives it up.
            // Once one is refused, all places are those of running requests.
            var busy: [Connection] = []
            while busy.last?.received.hasPrefix("HTTP/1.1 503") != true, busy.count < 5 {
                let connection = try await Connection.open(port: port)
                try await connection.post("/v1/chat/completions", #"{"model":"m"}"#)
                busy.append(connection)
                let running = busy.count
                #expect(await eventually { engine.running == running || connection.received.contains("503") })
            }
            for connection in busy where connection.isClosedByServer { try? await connection.close() }
            // Those of the reserve hear nothing as long as they say nothing. How many are there at once depends on the
            // machine.
            var opened: [Connection] = []
            var turnedAway: Connection?
            while turnedAway == nil, opened.count < 40 * limits.reserve {
                opened.append(try await Connection.open(port: port))
                try await Task.sleep(for: .milliseconds(10))
                turnedAway = opened.first { $0.received.hasPrefix("HTTP/1.1 503") }
            }
            let told = try #require(turnedAway)
            // Others may have been in the reserve.
            #expect(opened.count > limits.reserve / 2)
            #expect(await told.receives("too_many_connections"), "\(told.received)")
            #expect(await eventually { told.isClosedByServer })
            for connection in opened { try await connection.close() }
            // Those that ran have not been disturbed.
            gate.open()
            #expect(busy.count > 1)
            for connection in busy.dropLast() {
                #expect(await connection.receives("HTTP/1.1 200"))
                try await connection.close()
            }
        }
    }
}
