import EmberCore
import Testing

@testable import EmberSim

/// A minute of four requests, worked by hand.
///
/// Two models of 60 and 50 bytes, memory for one of them: 100. A load takes 1 s and 0.1 s a byte: 7 and 6 s. Every
/// request has 10 tokens to read and 5 to generate, at 10 and 5 a second: 2 s. An instance runs one at a time.
///
///     0 s    r1 for a: loads until 7, runs until 9
///     1 s    r2 for a: waits for the load and for r1, runs from 9 to 11
///     20 s   r3 for b: a, protected until 7 + 7, goes at once; b loads until 26
///     21 s   r4 for a: b is loading and cannot go, so the cloud takes it
@Suite struct EventRunGoldens {
    private let files: TraceFiles
    init() throws { files = try TraceFiles() }

    private func outcome(_ policy: String, events: String = "", queue: String = "") throws -> RunOutcome {
        let requests = ["0,s,a,10,5\n", "1,s,a,10,5\n", "20,s,b,10,5\n", "21,s,a,10,5\n"]
        try files.write("r.csv", plainHeader + requests.joined())
        let model =
            "context: 300, tokens: 15, prefill: 10, decode: 5, output: 5, "
            + "costs: {load: 3, cloud: 1, transmission: 0.1, token: 0.01}, "
            + "accuracy: {zero_shot: 0.5, gain: 0.25, weight: 2}"
        let scenario = try ScenarioReader.read(
            text: """
                time: events
                slots: 1
                memory: {budget: 100}
                events: {load_rate: 10, load_seconds: 1, round_trip: 1s\(events)}
                queue: {\(queue)}
                services: {s: {vanishing: 6, demonstration: 100}}
                models:
                  a: {memory: 60, \(model)}
                  b: {memory: 50, \(model)}
                workload: {kind: trace, format: csv, files: r.csv, pairs: named, start: 0}
                """, source: "golden.yaml", name: "golden", folder: files.folder)
        return try #require(SimulatedPolicy.named(policy)).run(scenario, seed: 1)
    }

    private func expect(_ outcome: RunOutcome, _ expected: [(Measure, Double)]) {
        for (measure, value) in expected {
            #expect(abs(outcome[measure] - value) < 1e-12, "\(measure): \(outcome[measure])")
        }
    }

    /// r1 finds no context, r2 that of r1, which has just ended: wrong answers cost 2 x 0.5, 2 x 0.25 and, for r3, 2 x
    /// 0.5.
    @Test func leastRecentlyUsed() throws {
        let outcome = try outcome("lru")
        expect(
            outcome,
            [
                (.switchingCost, 6), (.accuracyCost, 2.5), (.inferenceLatency, 0.45), (.offloadingLatency, 0.3),
                (.cloudCost, 1), (.systemCost, 10.25), (.edgeRatio, 0.75), (.requests, 4), (.loads, 2),
                (.meanWait, (7 + 8 + 6 + 0) / 4.0), (.loadSeconds, 13), (.rejectedRequests, 0),
            ])
        #expect(abs(outcome[.wait99] / 8 - 1) < 1.0 / 2048)
    }

    /// Where the cloud takes nothing, r4 waits for b to be loaded (26), to run r3 (28) and, having lost its patience,
    /// to leave at the end of its protection (26 + 6); a loads again until 39, having forgotten everything.
    @Test func withoutACloudRequestsWait() throws {
        expect(
            try outcome("lru", events: ", offload: false"),
            [
                (.switchingCost, 9), (.accuracyCost, 3.5), (.cloudCost, 0), (.edgeRatio, 1), (.loads, 3),
                (.meanWait, (7 + 8 + 6 + 18) / 4.0), (.loadSeconds, 20),
            ])
    }

    /// One place in the queue of each model: r2 is turned away, and no other.
    @Test func fullQueuesReject() throws {
        expect(
            try outcome("lru", events: ", offload: false", queue: "limit_per_model: 1"),
            [(.rejectedRequests, 1), (.requests, 4), (.edgeRatio, 1), (.loads, 3), (.meanWait, (7 + 6 + 18) / 3.0)])
    }

    @Test func theCloudTakesEverything() throws {
        expect(try outcome("cloud"), [(.systemCost, 4), (.cloudCost, 4), (.edgeRatio, 0), (.meanWait, 0), (.loads, 0)])
    }
}
