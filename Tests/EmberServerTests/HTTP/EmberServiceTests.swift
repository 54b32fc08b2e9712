import EmberCore
import Testing

@testable import EmberServer

/// Ember as a service, from its first connection to its end.
@Suite struct EmberServiceTests {
    /// Runs `test` while Ember serves a model "m" whose answer waits for the gate; then it must have ended, and its
    /// engine with it.
    private func run(
        drainSeconds: Double, _ test: @Sendable (Connection, Gate, StopOrders, Station) async throws -> Void
    ) async throws {
        let gate = Gate()
        let answer: EngineServer.Answer = { _ in
            _ = await gate.wait()
            return .json(#"{"choices":[]}"#)
        }
        try await EngineServer.serve(answer) { engine in
            let station = try Station([edgeModel("m")], engineURL: engine.url)
            var settings = ServerSettings(address: .hostname("127.0.0.1", port: 0), bodies: testBodies())
            settings.drainSeconds = drainSeconds
            let (orders, port) = (StopOrders(), Later<Int>())
            let service = EmberService(
                coordinator: station.coordinator, settings: settings, client: UpstreamClient.makeClients(),
                connector: .sockets, logger: quietLogger,
                whenListening: { port.fulfil($0?.port ?? 0) })
            let running = Task { try await service.run(until: orders) }
            let connection = try await Connection.open(port: await port.value())
            try await connection.post("/v1/chat/completions", #"{"model":"m"}"#)
            #expect(await eventually { engine.running == 1 })
            try await test(connection, gate, orders, station)
            let hasEnded = await value { _ = await running.result }
            #expect(hasEnded != nil, "it does not end")
            try await running.value
            gate.open()
            #expect(station.starter.engines.first?.hasEnded == true)
            #expect(await station.isIdle() && station.audit.violations == [])
        }
    }

    /// However long it could drain, it ends once nothing runs.
    @Test func whatRunsIsAnsweredAndThenItEnds() async throws {
        try await run(drainSeconds: 10 * patienceSeconds) { connection, gate, orders, station in
            #expect(!orders.give())
            #expect(await eventually { station.coordinator.drain.hasBegun })
            #expect(connection.received.isEmpty && station.starter.engines.first?.stopCalls == 0)
            gate.open()
            #expect(await connection.receives("HTTP/1.1 200"))
            #expect(await connection.receives(#"{"choices":[]}"#))
        }
    }

    @Test func whatRunsLongerIsToldSo() async throws {
        try await run(drainSeconds: 0.1) { connection, _, orders, _ in
            orders.give()
            #expect(await connection.receives("HTTP/1.1 503"))
            #expect(await connection.receives("shutting_down"))
        }
    }

    @Test func aSecondOrderEndsTheDrain() async throws {
        try await run(drainSeconds: 10 * patienceSeconds) { connection, _, orders, station in
            orders.give()
            #expect(await eventually { station.coordinator.drain.hasBegun })
            #expect(orders.give())
            #expect(await connection.receives("HTTP/1.1 503"))
            #expect(await eventually { (station.starter.engines.first?.killCalls ?? 0) > 0 })
        }
    }
}
