import EmberCore
import Testing

/// What is reported of an admission where many are in memory.
@Suite struct DecisionGoldens {
    /// `count` models of 1 byte in memory that holds no more, and one that is not in it.
    private func crowd(_ policy: String, _ count: Int) throws -> Script {
        var settings = PlannerSettings(budget: Bytes(count))
        settings.queue.residencyPerLoad = 0
        settings.recordsDecisions = true
        var script = try Script(policy, plainCatalogue(bytes: Array(repeating: 1, count: count + 1)), settings)
        for index in 0..<count {
            script.load(Double(index), index)
            script.serve(Double(index), index, times: 1)
        }
        _ = script.planner.takeDecisions()
        return script
    }

    @Test func ofManyTheVictimsAreTold() throws {
        var script = try crowd("lru", 100)
        script.ask(100, 100, offloadable: false)
        let decision = try #require(script.planner.takeDecisions().first)
        #expect(decision.outcome == .admitted && decision.victims == [instance(0)])
        #expect(decision.candidates.first?.instance == instance(0) && decision.candidates.first?.score != nil)
        #expect(decision.candidates.count <= Decision.mostCandidates)
        #expect(decision.candidates.count + decision.others == 100)
    }

    @Test func ofManyAGateTellsWhoWasWorthMore() throws {
        var script = try crowd("lfu-gated", 100)
        script.ask(100, 100)
        let decision = try #require(script.planner.takeDecisions().first)
        #expect(decision.outcome == .gated && decision.victims == [])
        #expect(decision.candidates.allSatisfy { $0.score ?? 0 >= decision.claim })
        #expect(decision.candidates.count + decision.others == 100)
    }

    @Test func ofAFewAllAreTold() throws {
        var script = try crowd("lru", 3)
        script.ask(10, 3, offloadable: false)
        let decision = try #require(script.planner.takeDecisions().first)
        #expect(decision.candidates.map(\.instance) == (0..<3).map(instance) && decision.others == 0)
    }
}
