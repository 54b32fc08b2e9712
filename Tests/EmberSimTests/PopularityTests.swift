import EmberCore
import Testing

@testable import EmberSim

/// Which pairs are asked for, and how popular each of them is.
@Suite struct PopularityTests {
    private func scenario(_ workload: String, sharing: String = "pairs") throws(ScenarioError) -> Scenario {
        try ScenarioReader.read(
            text: """
                sharing: \(sharing)
                memory: {budget: 80GB}
                services: {chat: {}, draw: {}}
                models: {large: {memory: 40GB}, small: {memory: 1GB}, middle: {memory: 7GB}}
                workload: {kind: stationary, requests: 200, \(workload)}
                """, source: "my.yaml", name: "my")
    }

    /// Requests of every pair over 200 slots.
    private func counts(_ scenario: Scenario, seed: UInt64 = 3) -> [Int] {
        var counts = [Int](repeating: 0, count: scenario.catalogue.pairCount)
        for batch in scenario.requests(seed: seed).slots.joined() { counts[batch.pair.index] += batch.count }
        return counts
    }

    /// Of pairs of the same size, the first stated has the lower place.
    @Test func withFullCorrelationTheLargestPairIsTheMostPopular() throws {
        let counts = counts(try scenario("zipf: 2, size_correlation: 1"))
        // large, small, middle of chat, then of draw.
        #expect(counts[3] > counts[0] && counts[0] > counts[5] && counts[5] > counts[2])
        #expect(counts[2] > counts[4] && counts[4] > counts[1])
    }

    @Test func belowZeroTheSmallOnesArePopular() throws {
        let counts = counts(try scenario("zipf: 2, size_correlation: -1"))
        #expect(counts[1] > counts[4] && counts[4] > counts[2] && counts[0] > counts[3])
    }

    /// In between the order varies by seed, and large pairs come first more often.
    @Test func inBetweenBothCount() throws {
        let scenario = try scenario("zipf: 2, size_correlation: 0.4")
        let first = (1...200).map { seed -> Int in
            let counts = counts(scenario, seed: UInt64(seed))
            return counts.indices.max { counts[$0] < counts[$1] }! % 3
        }
        let large = first.count { $0 == 0 }
        #expect(large > 90 && large < 190)
        #expect(Set(first).count > 1)
    }

    @Test func withoutCorrelationThePairsAreThoseOfEarlierReleases() throws {
        let plain = try scenario("zipf: 1")
        let kind = WorkloadKind.stationary(Popularity(requestsPerSlot: 200, zipfExponent: 1))
        #expect(plain.requests(seed: 9).slots == kind.workload(pairs: 6, slots: plain.slots, seed: 9).slots)
    }

    @Test(arguments: ["", ", size_correlation: 0.5"])
    func idlePairsAreNeverAskedFor(correlation: String) throws {
        let with = try scenario("zipf: 1, idle_pairs: 2\(correlation)")
        let without = try scenario("zipf: 1\(correlation)")
        #expect(with.catalogue.pairCount == 18)
        #expect(with.catalogue.services.map(\.name).suffix(2) == ["chat idle 2", "draw idle 2"])
        let counts = counts(with)
        #expect(counts[6...].allSatisfy { $0 == 0 })
        #expect(Array(counts[..<6]) == self.counts(without))
    }

    /// A random resident set holds them, too.
    @Test func idlePairsTakeMemory() throws {
        let random = try #require(SimulatedPolicy.named("random-set"))
        let (with, without) = (try scenario("zipf: 1, idle_pairs: 9"), try scenario("zipf: 1"))
        #expect(random.run(with, seed: 1)[.edgeRatio] < 0.6 * random.run(without, seed: 1)[.edgeRatio])
    }

    @Test func idlePairsNeedModelsOfTheirOwn() {
        do throws(ScenarioError) {
            _ = try scenario("idle_pairs: 1", sharing: "instances")
            Issue.record("it was read")
        } catch {
            #expect(error.issues.map(\.description).joined().contains("write sharing: pairs"))
        }
    }
}
