import EmberCore
import Foundation
import Testing

/// A run that was written down is decided again, by text alone, exactly as it was.
@Suite struct ReplayLaws {
    @Test(arguments: PolicyCatalog.all)
    func aLogHasTheVerySameEffects(policy: PolicyEntry) throws {
        for seed in seeds(6) {
            let scenario = Scenario.random(seed: seed)
            var edge = SimulatedEdge(policy, scenario, seed: seed)
            edge.run()
            let setting = RecordedSetting(
                policy: policy.name, seed: seed, catalogue: scenario.catalogue, settings: scenario.settings, began: 0)
            let header = try JSONDecoder().decode(RecordedSetting.self, from: JSONEncoder().encode(setting))
            var replay = try Replay(header)
            for step in edge.steps {
                let written = RecordedEvent(time: step.time, event: step.event, digest: EffectDigest(step.effects))
                let read = try #require(RecordedEvent(line: written.line), "\(written.line)")
                #expect(read == written)
                #expect(replay.step(read) == step.effects, "\(policy), seed \(seed), \(written.line)")
            }
            #expect(replay.firstDifference == nil && replay.events == edge.steps.count)
            #expect(replay.planner.edge.ledger == edge.planner.edge.ledger)
        }
    }

    @Test func anotherPolicyIsFoundOut() throws {
        let scenario = Scenario.random(seed: 3)
        let lru = try #require(PolicyCatalog.entry(named: "lru"))
        var edge = SimulatedEdge(lru, scenario, seed: 3)
        edge.run()
        var replay = try Replay(
            RecordedSetting(
                policy: "cloud", seed: 3, catalogue: scenario.catalogue, settings: scenario.settings, began: 0))
        for step in edge.steps {
            _ = replay.step(RecordedEvent(time: step.time, event: step.event, digest: EffectDigest(step.effects)))
        }
        #expect(replay.firstDifference != nil)
    }

    @Test(arguments: [
        "", "1", "1 t", "1 t #", "1 t #123", "x t #00000000", "1 a 1 2 3 #00000000", "1 a 1 2 3 4 5 x #00000000",
        "1 a 1 2 3 1 0 -2.5 #00000000", "1 a 1 2 3 1 0 t #00000000", "1 a 1 2 3 1 0 t-5 #00000000",
        "1 N 1 #00000000", "1 N 1 -2 #00000000", "1 H 1 2.5 #00000000", "1 H 1 2 3 #00000000",
        "1 f 1 2 -3.5 #00000000", "1 p lru #00000000",
        "1 e #00000000", "1 e -1 #00000000", "1 e inf #00000000", "1 e 1 2 #00000000",
        "1 a -1 0 0 0 #00000000", "1 z #00000000", "nan t #00000000", "1 f 1 x #00000000", "1 t 5 #00000000",
        "1 f 1 2 q #00000000", "1 f 1 2 q1,1,1,1,1 #00000000", "1 f 1 2 q1,1,1,1,1,-1 #00000000",
        "1 f 1 2 q1,1,0.5,1,1,1 #00000000", "1 f 1 2 q1,1,1,1,1,1 3 #00000000", "1 q 0 1 1 1 1 0.5 0.5 #00000000",
    ])
    func whatIsNoEventIsRefused(_ line: String) {
        #expect(RecordedEvent(line: line) == nil)
    }

    /// One line has what an answered request brings: its tokens, its bill, its engine's work.
    @Test func theEndOfARequestIsOneLine() {
        let work = EngineWork(
            promptBytes: 400, promptTokens: 100, prefillTokens: 90, prefillSeconds: 0.25, decodeTokens: 10,
            decodeSeconds: 1e-6)
        let ends: [(Event, String)] = [
            (.requestFinished(request(3), tokens: 110), "f 3 110"),
            (.requestFinished(request(3), tokens: 110, bill: 0.5), "f 3 110 0.5"),
            (.requestFinished(request(3), tokens: 110, work: work), "f 3 110 q400,100,90,10,0.25,1e-06"),
            (.requestFinished(request(3), tokens: 110, bill: 2, work: work), "f 3 110 2.0 q400,100,90,10,0.25,1e-06"),
        ]
        for (event, text) in ends {
            let written = RecordedEvent(time: Time(seconds: 0.5), event: event, digest: EffectDigest([]))
            #expect(written.line == "0.5 \(text) #811c9dc5")
            #expect(RecordedEvent(line: written.line) == written)
        }
    }

    @Test(arguments: [0.0, 5.0, 0.1 + 0.2, 12_345.678_9, 1e14, 2.3e-308])
    func joulesAreReadBackToTheLastBit(_ joules: Double) {
        let written = RecordedEvent(
            time: Time(seconds: 0.5), event: .energyMeasured(joules: joules), digest: EffectDigest([]))
        #expect(RecordedEvent(line: written.line) == written)
    }

    @Test func whatTheCatalogueDoesNotHaveIsNotToldToThePlanner() throws {
        let scenario = Scenario.random(seed: 1)
        var replay = try Replay(
            RecordedSetting(
                policy: "lru", seed: 1, catalogue: scenario.catalogue, settings: scenario.settings, began: 0))
        let line = "1 a 0 0 \(scenario.catalogue.models.count) 0 0 #00000000"
        #expect(replay.step(try #require(RecordedEvent(line: line))) == nil)
        #expect(replay.events == 0)
    }
}
