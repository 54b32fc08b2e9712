import EmberCore
import Testing

@testable import EmberSim

/// A scenario of three slots, worked by hand for two policies.
///
/// Two pairs of 60 and 50 bytes, memory for one of them: 100. Cloud 1 a request, transmission 0.1, 10 tokens of 0.01 a
/// request, so 0.1; load 0.05 a byte: 3 and 2.5; wrong answers 2, A = 0.5 + 0.25 log2(1 + kappa), Delta 1, window 3.
///
///     slot  requests of a  of b
///     0     2              0
///     1     1              0
///     2     0              4
@Suite struct SlotRunGoldens {
    private func scenario() throws -> Scenario {
        let model =
            "context: 300, tokens: 10, costs: {load_per_gigabyte: 50000000, cloud: 1, transmission: 0.1, token: 0.01}"
        let accuracy = "accuracy: {zero_shot: 0.5, gain: 0.25, weight: 2}"
        return try ScenarioReader.read(
            text: """
                slots: 3
                memory: {budget: 100}
                services: {s: {vanishing: 1, demonstration: 100}}
                models:
                  a: {memory: 60, \(model), \(accuracy)}
                  b: {memory: 50, \(model), \(accuracy)}
                workload: {kind: file, file: requests.csv}
                """, source: "golden.yaml", name: "golden", folder: fixtures)
    }

    private func outcome(_ policy: String) throws -> RunOutcome {
        try #require(SimulatedPolicy.named(policy)).run(try scenario(), seed: 1)
    }

    private func expect(_ outcome: RunOutcome, _ expected: [(Measure, Double)]) {
        for (measure, value) in expected { #expect(abs(outcome[measure] - value) < 1e-12, "\(measure)") }
    }

    /// a is loaded in slot 0; kappa 0, then 2 - 1 = 1, then min(2 + 1, 1 + 1 - 1) = 1, so its three requests cost
    /// 2 x 2 x 0.5 + 1 x 2 x 0.25 = 2.5. In slot 2, b takes a's place: 4 x 2 x 0.5 = 4.
    @Test func leastContextLoadsWhoeverAsks() throws {
        expect(
            try outcome("least-context"),
            [
                (.switchingCost, 5.5 / 3), (.accuracyCost, 6.5 / 3), (.averageAccuracyCost, 6.5 / 7),
                (.inferenceLatency, 0.7 / 3), (.offloadingLatency, 0.7 / 3), (.cloudCost, 0),
                (.systemCost, 13.4 / 3), (.edgeRatio, 1), (.requests, 7), (.loads, 2),
            ])
    }

    /// Gated, a keeps its place, for its kappa is 1 in slot 2: b's four requests go to the cloud.
    @Test func gatedLeastContextKeepsContext() throws {
        expect(
            try outcome("least-context-gated"),
            [
                (.switchingCost, 1), (.accuracyCost, 2.5 / 3), (.averageAccuracyCost, 2.5 / 3),
                (.inferenceLatency, 0.1), (.offloadingLatency, 0.1), (.cloudCost, 4.0 / 3),
                (.systemCost, 10.1 / 3), (.edgeRatio, 3.0 / 7), (.loads, 1),
            ])
    }

    @Test func theCloudTakesEverything() throws {
        expect(
            try outcome("cloud"),
            [(.systemCost, 7.0 / 3), (.cloudCost, 7.0 / 3), (.averageAccuracyCost, 0), (.edgeRatio, 0), (.loads, 0)])
    }
}
