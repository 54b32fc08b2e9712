import EmberCore
import EmberDocument
import Foundation
import Testing

@testable import EmberSim

@Suite struct ComparisonTests {
    private let small = "base: drift\nslots: 60\n"

    private func scenario() throws -> Scenario {
        try ScenarioReader.read(text: small, source: "small.yaml", name: "small")
    }

    @Test func isTheSameOnAnyNumberOfCores() async throws {
        let scenario = try scenario()
        var texts: Set<String> = []
        for jobs in [1, 2, 7] {
            let comparison = await Comparison.run(
                scenario, policies: SimulatedPolicy.all, seeds: [1, 2, 3], jobs: jobs)
            texts.insert(comparison.json + comparison.csv + TableReport(comparison, isBold: true).text)
        }
        #expect(texts.count == 1)
    }

    @Test func seedsMatterAndAreMetByEveryPolicyAlike() async throws {
        let comparison = await Comparison.run(
            try scenario(), policies: SimulatedPolicy.all, seeds: [1, 2, 3, 4], jobs: 2)
        let requests = comparison.rows.map { row in row.runs.map { $0[.requests] } }
        #expect(Set(requests).count == 1)
        #expect(Set(requests[0]).count > 1)
    }

    /// The robust order of the published table, by the mean of 20 seeds.
    @Test func thePapersOrderHolds() async throws {
        let names = ["least-context-gated", "lfu-gated", "cloud", "random-set", "fifo"]
        let comparison = await Comparison.run(
            try ScenarioReader.read("paper"), policies: names.compactMap(SimulatedPolicy.named),
            seeds: (1...20).map { UInt64($0) }, jobs: 2)
        let costs = comparison.rows.map { $0.mean(.systemCost) }
        #expect(max(costs[0], costs[1]) < costs[2])
        #expect(costs[2] < min(costs[3], costs[4]))
    }

    /// No run ends a request twice or not at all: `SlotRun` checks that by itself.
    @Test(arguments: SimulatedPolicy.all.map(\.name))
    func theTermsAddUp(policy: String) throws {
        let outcome = try #require(SimulatedPolicy.named(policy)).run(try scenario(), seed: 3)
        let terms: [Measure] = [.switchingCost, .accuracyCost, .inferenceLatency, .offloadingLatency, .cloudCost]
        #expect(abs(terms.reduce(0) { $0 + outcome[$1] } - outcome[.systemCost]) < 1e-9)
        #expect((0...1).contains(outcome[.edgeRatio]))
    }

    @Test func meansAndDeviationsAreThoseOfTheSample() {
        let ledgers = [1, 2, 6].map { loads in outcome(loads: loads) }
        let row = ComparisonRow(policy: "p", runs: ledgers)
        #expect(row.mean(.loads) == 3)
        // (4 + 1 + 9) / 2 = 7
        #expect(abs(row.deviation(.loads) - 7.0.squareRoot()) < 1e-12)
        #expect(ComparisonRow(policy: "p", runs: [ledgers[0]]).deviation(.loads) == 0)
    }

    /// A run in which this number of models was loaded, each once.
    private func outcome(loads: Int) -> RunOutcome {
        let models = (0..<loads).map { ModelSpec(name: "\($0)", residentBytes: Bytes(1), parallel: .max) }
        let catalogue = Catalogue(models: models, services: [ServiceSpec(name: "s")], sharing: .pairs)
        let scenario = Scenario(
            name: "test", summary: "", slots: 1,
            edge: EdgeServers(count: 1, memory: Bytes(loads), energyJoules: nil, retention: .lost),
            catalogue: catalogue, workload: .matrix(Workload(slots: [])), events: nil, published: [], notes: [])
        let planner = PolicyCatalog.all[0].planner(for: catalogue, settings: scenario.settings)
        var run = SlotRun(planner: planner, scenario: scenario, residents: nil, seed: 1)
        return RunOutcome(run.play([(0..<loads).map { Batch(pair: PairID($0), count: 1) }]), scenario)
    }
}
