import EmberCore
import HummingbirdTesting
import Testing

@testable import EmberServer

/// Samples of costs over time.
@Suite struct CostHistoryTests {
    @Test func theOldestGoFirst() async throws {
        let station = try Station([edgeModel("m")])
        let edge = await station.coordinator.edge
        let history = CostHistory()
        #expect(history.oldestFirst.isEmpty)
        for second in 0..<(CostHistory.capacity + 3) {
            history.append(.init(edge, at: Time(seconds: Double(second))))
        }
        let times = history.oldestFirst.map(\.time)
        #expect(times == (3..<(CostHistory.capacity + 3)).map(Double.init))
    }

    /// What was evicted is listed with the age that its context had then.
    @Test func evictionsHaveTheirAges() async throws {
        try await EngineServer.serve({ _ in .json("{}") }) { engine in
            let station = try Station([edgeModel("a"), edgeModel("b")], engineURL: engine.url)
            try await serve(station) { client async throws in
                _ = try await client.chat(#"{"model":"a"}"#)
                _ = try await client.chat(#"{"model":"b"}"#)
                let view = try await client.get("/ember/v1/history").object()
                let samples = try #require(view["samples"] as? [[String: Any]])
                let cost = try #require(samples.last?["cost"] as? [String: Any])
                #expect(cost["loads"] as? Int == 2 && cost["evictions"] as? Int == 1)
                #expect(samples.last?["occupied_bytes"] as? Int == 60)
                let evictions = try #require(view["evictions"] as? [[String: Any]])
                #expect(evictions.map { $0["model"] as? String } == ["a"])
                #expect((evictions.first?["age_of_context"] as? Double ?? 0) > 0)
            }
        }
    }
}
