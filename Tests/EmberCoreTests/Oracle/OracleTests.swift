import EmberCore
import Testing

/// The planner and the slow planner, which was written from the rules alone, must agree to the last effect.
@Suite struct OracleTests {
    @Test(arguments: Yardstick.named.keys.sorted())
    func thePlannerDoesWhatTheRulesSay(policy: String) throws {
        for seed in seeds(12) { try compare(policy, .random(seed: seed), seed) }
    }

    @Test(arguments: Yardstick.named.keys.sorted())
    func theSameOnSeveralDevices(policy: String) throws {
        for seed in seeds(12) {
            var scenario = Scenario.random(seed: seed)
            scenario.divideMemory(seed: seed)
            try compare(policy, scenario, seed)
        }
    }

    private func compare(_ policy: String, _ scenario: Scenario, _ seed: UInt64) throws {
        let entry = try #require(PolicyCatalog.entry(named: policy))
        let yardstick = try #require(Yardstick.named[policy])
        var scenario = scenario
        // The oracle's yardstick is one policy's.
        scenario.faults.policyChanged = 0
        var edge = SimulatedEdge(entry, scenario, seed: seed)
        edge.run()
        var oracle = SlowPlanner(scenario.catalogue, scenario.settings, yardstick)
        let difference = firstDifference(edge.steps, &oracle)
        #expect(difference == nil, "\(policy), seed \(seed): \(difference ?? "")")
        expectEqualCosts(edge.planner.edge.ledger, oracle.costs, "\(policy), seed \(seed)")
    }

    private func firstDifference(_ steps: [Step], _ oracle: inout SlowPlanner) -> String? {
        for (number, step) in steps.enumerated() {
            let effects = oracle.handle(step.event, at: step.time)
            if effects != step.effects {
                return "step \(number) at \(step.time.seconds), \(step.event): \(step.effects), by the rules \(effects)"
            }
            if oracle.nextWake != step.nextWake?.seconds {
                return "step \(number), \(step.event): wakes at \(step.nextWake as Any), not \(oracle.nextWake as Any)"
            }
        }
        return nil
    }

    private func expectEqualCosts(_ ledger: CostLedger, _ costs: SlowPlanner.Costs, _ run: String) {
        let pairs = [
            (ledger[.switching], costs.switching), (ledger[.accuracy], costs.accuracy),
            (ledger[.inference], costs.inference), (ledger[.transmission], costs.transmission),
            (ledger[.cloud], costs.cloud), (ledger[.waiting], costs.waiting), (ledger[.energy], costs.energy),
            (ledger.joules, costs.joules),
        ]
        for (term, (planner, rules)) in pairs.enumerated() {
            #expect(abs(planner - rules) < 1e-9, "\(run): cost term \(term)")
        }
    }
}
