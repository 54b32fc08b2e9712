import EmberCore
import Testing

/// What must hold for every policy on every stream; `Audit` has the single laws.
@Suite struct RandomStreamLaws {
    @Test(arguments: PolicyCatalog.all)
    func everyLawHoldsAfterEveryEvent(policy: PolicyEntry) {
        for seed in seeds(16, of: policy) {
            var edge = SimulatedEdge(policy, .random(seed: seed), seed: seed)
            edge.run()
            #expect(edge.audit.violations.isEmpty, "\(policy), seed \(seed): \(edge.audit.violations)")
        }
    }

    @Test(arguments: PolicyCatalog.all)
    func theSameStreamGivesTheSameEffects(policy: PolicyEntry) {
        for seed in seeds(2) {
            let scenario = Scenario.random(seed: seed)
            var recording = scenario
            recording.settings.recordsDecisions = true
            let runs = [scenario, scenario, recording].map { scenario in
                var edge = SimulatedEdge(policy, scenario, seed: seed)
                edge.run()
                return edge
            }
            #expect(runs[0].steps == runs[1].steps, "\(policy), seed \(seed): two runs differ")
            #expect(runs[0].steps == runs[2].steps, "\(policy), seed \(seed): recording decisions changes them")
            #expect(runs[0].decisions == 0, "\(policy), seed \(seed): decisions recorded unasked")
        }
    }

    /// Likewise for the catalogue: models are added, go with requests under way, and are left out at last.
    @Test func theStreamsChangeTheirCatalogue() throws {
        let policy = try #require(PolicyCatalog.entry(named: "lru"))
        var (changes, added, leftOut, turnedAway) = (0, 0, 0, 0)
        for seed in seeds(16) {
            var edge = SimulatedEdge(policy, .random(seed: seed), seed: seed)
            edge.run()
            for step in edge.steps {
                turnedAway += step.effects.count { "\($0)".contains("modelRemoved") }
                guard case .catalogueChanged(let change) = step.event else { continue }
                changes += 1
                leftOut += change.newModels.count { $0 == nil }
                added += change.models.count - change.newModels.count { $0 != nil }
            }
        }
        #expect(changes > 20 && added > 5 && leftOut > 5 && turnedAway > 20)
    }

    /// Likewise for the bounds.
    @Test func theStreamsChangeTheirBounds() throws {
        let policy = try #require(PolicyCatalog.entry(named: "lru"))
        var (changes, shed) = (0, 0)
        for seed in seeds(32) {
            var edge = SimulatedEdge(policy, .random(seed: seed), seed: seed)
            edge.run()
            for case .settingsChanged in edge.steps.map(\.event) { changes += 1 }
            for step in edge.steps {
                guard case .settingsChanged = step.event else { continue }
                shed += step.effects.count { if case .beginUnload(_, .overBudget) = $0 { true } else { false } }
            }
        }
        #expect(changes > 10 && shed > 0)
    }

    /// The laws are worth something only if the streams reach the corners.
    @Test func theStreamsReachEveryKindOfEffect() {
        var seen: Set<String> = []
        for policy in PolicyCatalog.all {
            for seed in seeds(16, of: policy) {
                var edge = SimulatedEdge(policy, .random(seed: seed), seed: seed)
                edge.run()
                for effect in edge.steps.lazy.flatMap(\.effects) { seen.insert(kind(of: effect)) }
            }
        }
        let expected: Set<String> = [
            "load", "dispatch", "makeRoom", "enqueue", "trial", "evicted", "idle", "requested", "overBudget",
            "cloudModel", "neverFits", "notAdmitted", "draining", "engineFailed", "queueFull", "waitedTooLong",
            "energySpent", "cheaper", "deadline", "unfit", "reject deadline", "reject cloudFailed", "reject queueFull",
            "reject overBudget", "reject requestNeedsTooMuch", "reject modelQueueFull", "reject waitedTooLong",
            "reject neverFits",
            "reject modelFailed", "reject engineFailed",
        ]
        #expect(expected.subtracting(seen).isEmpty)
    }

    private func kind(of effect: Effect) -> String {
        switch effect {
        case .beginLoad: "load"
        case .beginUnload(_, .evicted): "evicted"
        case .beginUnload(_, let reason): "\(reason)"
        case .dispatch: "dispatch"
        case .offload(_, let reason): "\(reason)"
        case .enqueue: "enqueue"
        case .reject(_, let rejection): "reject \(rejection)"
        case .trial: "trial"
        case .makeRoom: "makeRoom"
        }
    }
}
