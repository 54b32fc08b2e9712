import EmberCore
import Testing

@testable import EmberSim

@Suite struct RecordingTests {
    private func recording(slots: Int, policy: String = "least-context") throws -> (Recording, RunOutcome, Scenario) {
        let settings = [Setting(key: "slots", value: "\(slots)", flag: "--set")]
        let scenario = try ScenarioReader.read("drift", settings: settings)
        let recorder = RunRecorder(scenario, hasResidency: true)
        let outcome = try #require(SimulatedPolicy.named(policy)).run(scenario, seed: 4, observers: [recorder])
        return (recorder.recording, outcome, scenario)
    }

    /// Bins have 1, 1, 2 or 3, and 5 slots.
    @Test(arguments: [7, 200, 450, 1000])
    func costsOverTimeAddUpToTheRuns(slots: Int) throws {
        let (recording, outcome, _) = try recording(slots: slots)
        let bins = min(slots, 200)
        #expect(recording.costs.count == bins)
        let sum = (0..<bins).reduce(0.0) { sum, bin in
            let width = (0..<slots).count { $0 * bins / slots == bin }
            return sum + recording.costs[bin] * Double(width)
        }
        #expect(abs(sum / Double(slots) - outcome[.systemCost]) < 1e-9)
    }

    /// In event time: costs add up, and with one model that is asked for from the start, it is there but for its load.
    @Test func eventsAreRecordedByTime() throws {
        let text = """
            {slots: 10, memory: {budget: 10GB}, time: events, events: {slot_seconds: 60, load_rate: 1GB, load_seconds: 0, offload: false},
            queue: {gate_wait: 0s}, services: {s: {}}, models: {m: {memory: 10GB, costs: {load: 1, token: 0.001}}},
            workload: {kind: mix, mix: [{service: s, model: m, requests: 60}], busy_factor: 1, quiet_factor: 1}}
            """
        let scenario = try ScenarioReader.read(text: text, source: "test", name: "test")
        let recorder = RunRecorder(scenario, hasResidency: true)
        let outcome = try #require(SimulatedPolicy.named("lru")).run(scenario, seed: 1, observers: [recorder])
        let recording = recorder.recording
        let total = recording.costs.reduce(0, +)
        #expect(abs(total / 10 - outcome[.systemCost]) < 1e-9)
        let residency = try #require(recording.residency)[0]
        // The first request comes within seconds, and the load takes 10 s of the first minute.
        #expect(residency[0] > 0.6, "\(residency)")
        #expect(residency[0] < 50.0 / 60)
        #expect(residency[1..<9].allSatisfy { abs($0 - 1) < 1e-9 })
    }

    @Test(arguments: ["cloud", "least-context", "random-set"])
    func residencyIsWithinMemory(policy: String) throws {
        let (recording, outcome, scenario) = try recording(slots: 450, policy: policy)
        let residency = try #require(recording.residency)
        #expect(residency.joined().allSatisfy { (0...1.000001).contains($0) })
        for bin in 0..<200 {
            let bytes = residency.indices.reduce(0.0) { sum, instance in
                let model = scenario.catalogue.models[instance]
                return sum + residency[instance][bin] * Double(model.residentBytes.count)
            }
            #expect(bytes <= Double(scenario.edge.memory.count) * 1.000001)
        }
        #expect((residency.joined().max() == 0) == (outcome[.loads] == 0))
    }

    @Test func whoIsWatchedDecidesTheSame() throws {
        let scenario = try ScenarioReader.read("bursty")
        for policy in SimulatedPolicy.all {
            let recorder = RunRecorder(scenario, hasResidency: true)
            let log = DecisionLog(scenario) { _ in }
            #expect(policy.run(scenario, seed: 2, observers: [recorder, log]) == policy.run(scenario, seed: 2))
        }
    }
}

@Suite struct DecisionLogTests {
    private func pieces(slots: Int, isFailing: Bool = false) throws -> [Int] {
        let settings = [Setting(key: "slots", value: "\(slots)", flag: "--set")]
        let scenario = try ScenarioReader.read("paper", settings: settings)
        var pieces: [Int] = []
        let log = DecisionLog(scenario) { text in
            pieces.append(text.utf8.count)
            if isFailing { throw ScenarioError(issues: []) }
        }
        _ = try #require(SimulatedPolicy.named("least-context")).run(scenario, seed: 1, observers: [log])
        if isFailing {
            #expect(throws: ScenarioError.self) { try log.finish() }
        } else {
            try log.finish()
        }
        return pieces
    }

    /// A line of 15 candidates is shorter than 4 KiB.
    @Test func isWrittenPieceByPiece() throws {
        let (short, long) = (try pieces(slots: 50), try pieces(slots: 500))
        #expect(long.max() ?? 0 < (1 << 16) + 4096)
        #expect(long.count > 5 * short.count)
    }

    @Test func nothingIsWrittenAfterAFailure() throws {
        #expect(try pieces(slots: 500, isFailing: true).count == 1)
    }
}

@Suite struct ConfidenceIntervalTests {
    /// Student's t, 97.5 %, as printed in tables.
    @Test(arguments: [
        (1, 12.7062), (2, 4.3027), (3, 3.1824), (4, 2.7764), (9, 2.2622), (19, 2.0930), (30, 2.0423), (100, 1.9840),
        (1000, 1.9623), (1001, 1.9623), (100_000, 1.9600),
    ])
    func quantilesAreThoseOfTheTables(freedom: Int, quantile: Double) {
        #expect(abs(ConfidenceInterval.quantile(freedom: freedom) - quantile) < 5e-5)
    }

    /// Where the expansion begins the quantiles go on as they came: their steps differ by 5e-9.
    @Test func theExpansionGoesOnWhereTheSumEnds() {
        let near = (998...1003).map(ConfidenceInterval.quantile)
        let steps = zip(near, near.dropFirst()).map { $1 - $0 }
        #expect(zip(steps, steps.dropFirst()).allSatisfy { abs($1 - $0) < 2e-8 }, "\(steps)")
        #expect(abs(near[2] - 1.962339081) < 1e-8)
    }

    @Test func oneSeedHasNone() {
        #expect(ConfidenceInterval.halfWidth(deviation: 0, count: 1) == nil)
        // 2.7764 x 2 / sqrt(5)
        #expect(abs((ConfidenceInterval.halfWidth(deviation: 2, count: 5) ?? 0) - 2.48333) < 1e-4)
    }
}
