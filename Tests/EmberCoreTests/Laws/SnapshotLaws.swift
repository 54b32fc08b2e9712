import EmberCore
import Foundation
import Testing

/// A planner that is written down between two events, and read again, goes on as if nothing had been.
@Suite struct SnapshotLaws {
    @Test(arguments: PolicyCatalog.all)
    func itGoesOnAsItWouldHave(policy: PolicyEntry) throws {
        for seed in seeds(4) {
            var scenario = Scenario.random(seed: seed)
            var edge = SimulatedEdge(policy, scenario, seed: seed)
            edge.run()
            scenario.settings.recordsDecisions = true
            var kept = try SwitchingPlanner(
                policy: policy.name, catalogue: scenario.catalogue, settings: scenario.settings, seed: seed)
            var restored = try decoded(encoded(kept))
            var lots = SeededGenerator(seed: seed)
            for (number, step) in edge.steps.enumerated() {
                if lots.happens(0.03) { restored = try decoded(encoded(restored)) }
                let told = [tell(step, &kept), tell(step, &restored)]
                guard told[0] == told[1], told[1].effects == step.effects, told[1].nextWake == step.nextWake else {
                    Issue.record("\(policy), seed \(seed), step \(number), \(step.event): \(told)")
                    break
                }
            }
            #expect(try encoded(restored) == encoded(kept), "\(policy), seed \(seed)")
            #expect(restored.brokenInvariants() == [], "\(policy), seed \(seed)")
        }
    }

    /// JSON has no infinity.
    @Test func infinitiesSurvive() throws {
        let scenario = Scenario.random(seed: 2)
        let planner = try SwitchingPlanner(
            policy: "lru", catalogue: scenario.catalogue, settings: scenario.settings, seed: 2)
        let text = String(decoding: try encoded(planner), as: UTF8.self)
        // No request waits: the first is due in the distant future.
        #expect(text.contains("\"firstDue\":{\"seconds\":\"\(RecordedInfinity.positive)\"}"))
        #expect(try encoded(decoded(Data(text.utf8))) == Data(text.utf8))
    }

    @Test func anUnknownPolicyIsNotRead() throws {
        let scenario = Scenario.random(seed: 1)
        let planner = try SwitchingPlanner(
            policy: "lru", catalogue: scenario.catalogue, settings: scenario.settings, seed: 1)
        let text = String(decoding: try encoded(planner), as: UTF8.self)
        let other = text.replacingOccurrences(of: "\"policy\":\"lru\"", with: "\"policy\":\"lurch\"")
        #expect(other != text)
        #expect(throws: PolicyError.self) { try decoded(Data(other.utf8)) }
    }

    private struct Told: Equatable {
        let effects: [Effect]
        let nextWake: Time?
        let decisions: [String]
    }

    private func tell(_ step: Step, _ planner: inout SwitchingPlanner) -> Told {
        var effects: [Effect] = []
        planner.handle(step.event, at: step.time, into: &effects)
        return Told(
            effects: effects, nextWake: planner.nextWake, decisions: planner.takeDecisions().map { "\($0)" })
    }

    private func encoded(_ planner: SwitchingPlanner) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: RecordedInfinity.positive, negativeInfinity: RecordedInfinity.negative,
            nan: RecordedInfinity.notANumber)
        return try encoder.encode(planner)
    }

    private func decoded(_ data: Data) throws -> SwitchingPlanner {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: RecordedInfinity.positive, negativeInfinity: RecordedInfinity.negative,
            nan: RecordedInfinity.notANumber)
        return try decoder.decode(SwitchingPlanner.self, from: data)
    }
}
