import EmberCore
import Foundation
import Testing

/// Pools in random streams; `Audit+Tokens` has the single laws.
@Suite struct TokenLaws {
    /// The laws are worth something only if requests wait for tokens, and conversations go for them.
    @Test func theStreamsFillTheirPools() throws {
        let policy = try #require(PolicyCatalog.entry(named: "lru"))
        var (waits, rooms, counted) = (0, 0, 0)
        for seed in seeds(32) {
            var edge = SimulatedEdge(policy, .random(seed: seed), seed: seed)
            edge.run()
            waits += edge.audit.waitsForTokens
            for step in edge.steps {
                rooms += step.effects.count { if case .makeRoom = $0 { true } else { false } }
                // One that is counted lets another, or itself, go on.
                if case .tokensCounted = step.event { counted += step.effects.count }
            }
        }
        #expect(waits > 100 && rooms > 100 && counted > 3, "\(waits), \(rooms), \(counted)")
    }

    /// Where no model states a pool, effects are those of a planner that receives nothing of tokens.
    @Test(arguments: PolicyCatalog.all)
    func withoutPoolsTokensChangeNothing(policy: PolicyEntry) throws {
        for seed in seeds(3) {
            var scenario = Scenario.random(seed: seed)
            scenario.tokenReports = 0.3
            scenario.faults.catalogueChanges = 0
            scenario.catalogue = withoutPools(scenario.catalogue)
            var edge = SimulatedEdge(policy, scenario, seed: seed)
            edge.run()
            var plain = try SwitchingPlanner(
                policy: policy.name, catalogue: scenario.catalogue, settings: scenario.settings, seed: seed)
            for (number, step) in edge.steps.enumerated() {
                var effects: [Effect] = []
                plain.handle(withoutTokens(step.event), at: step.time, into: &effects)
                guard effects == step.effects, plain.nextWake == step.nextWake else {
                    Issue.record("\(policy), seed \(seed), step \(number), \(step.event): \(effects)")
                    break
                }
            }
            #expect(edge.steps.contains { if case .tokensHeld = $0.event { true } else { false } })
        }
    }

    /// So what earlier versions have written is read.
    @Test func withoutPoolsNothingIsWrittenOfThem() throws {
        let scenario = Scenario.random(seed: 4)
        let planner = try SwitchingPlanner(
            policy: "lru", catalogue: scenario.catalogue, settings: scenario.settings, seed: 4)
        let encoder = JSONEncoder()
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: RecordedInfinity.positive, negativeInfinity: RecordedInfinity.negative,
            nan: RecordedInfinity.notANumber)
        let written = try JSONSerialization.jsonObject(with: encoder.encode(planner)) as? [String: Any]
        let edge = try #require((written?["planner"] as? [String: Any])?["edge"] as? [String: Any])
        let models = try #require((edge["catalogue"] as? [String: Any])?["models"] as? [[String: Any]])
        #expect(edge["memory"] != nil && edge["tokens"] == nil)
        #expect(models[0]["windowTokens"] != nil && models[0]["poolTokens"] == nil)
    }

    @Test func termsOfEarlierVersionsAreRead() throws {
        let text = #"{"tenant":3,"deadlineSeconds":2.5,"unfit":[],"deaths":1}"#
        let terms = try JSONDecoder().decode(RequestTerms.self, from: Data(text.utf8))
        #expect(terms == RequestTerms(tenant: 3, deadlineSeconds: 2.5, deaths: 1))
        let counted = RequestTerms(size: RequestSize(promptBytes: 7), unfit: [ModelID(2)], tokens: 9)
        #expect(try JSONDecoder().decode(RequestTerms.self, from: JSONEncoder().encode(counted)) == counted)
    }

    private func withoutPools(_ catalogue: Catalogue) -> Catalogue {
        let models = catalogue.models.map { model in
            var model = model
            model.poolTokens = nil
            return model
        }
        return Catalogue(models: models, services: catalogue.services, sharing: catalogue.sharing)
    }

    private func withoutTokens(_ event: Event) -> Event {
        switch event {
        case .requestArrived(let request, let service, let model, let offloadable, var terms):
            terms.tokens = 0
            return .requestArrived(request, service: service, model: model, offloadable: offloadable, terms: terms)
        // One that never was: only time passes.
        case .tokensCounted, .tokensHeld: return .requestCancelled(RequestID(1 << 19))
        default: return event
        }
    }
}
