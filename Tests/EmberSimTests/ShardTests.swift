import EmberCore
import Foundation
import Testing

@testable import EmberSim

@Suite struct ShardTests {
    private func experiment(
        _ policies: [String] = ["lru", "cloud", "least-context-gated"], vary: [String] = [], set: [String] = [],
        seeds: UInt64 = 5, isRecorded: Bool = false, version: String = "1"
    ) throws -> Experiment {
        try Experiment(
            "drift", settings: (["slots=30"] + set).map { try Setting($0, flag: "--set") },
            variations: vary.map { try Variation($0) }, policies: policies.compactMap(SimulatedPolicy.named),
            seeds: Array(1...seeds), isRecorded: isRecorded, version: version)
    }

    /// Each shard's result, through its file's bytes.
    private func shards(_ experiment: Experiment, _ count: Int) async throws -> [PartialResult] {
        var partials: [PartialResult] = []
        for number in 1...count {
            let partial = await experiment.run(try Shard("\(number)/\(count)"), jobs: 2)
            partials.append(try #require(PartialResult(json: Data(partial.json.utf8))))
        }
        return partials
    }

    private func merged(_ partials: [PartialResult]) throws(ScenarioError) -> Results {
        try PartialResult.merged(partials.enumerated().map { ("\($0).json", $1) })
    }

    private func message(_ partials: [PartialResult]) -> String {
        do throws(ScenarioError) {
            _ = try merged(partials)
            return ""
        } catch {
            return error.description
        }
    }

    /// One seed and one point less than shards there are: some have nothing to do.
    @Test(arguments: [1, 2, 3, 7, 40])
    func mergeToTheSameBytes(count: Int) async throws {
        let sweep = try experiment(vary: ["memory.budget=200GB,300GB", "workload.zipf=0.6,1"])
        let comparison = try experiment(isRecorded: true)
        for experiment in [sweep, comparison] {
            let whole = await experiment.run(jobs: 2)
            let merged = try merged(try await shards(experiment, count).shuffled())
            for format in ReportFormat.allCases { #expect(merged.text(format) == whole.text(format), "\(format)") }
        }
    }

    @Test func doublesSurviveTheFile() async throws {
        let experiment = try experiment(["lru"], seeds: 1)
        let partial = await experiment.run(.whole, jobs: 1)
        var lots = SeededGenerator(seed: 8)
        for _ in 0..<20_000 {
            let value = Double(bitPattern: lots.next())
            guard value.isFinite else { continue }
            let run = Run(id: partial.runs[0].id, outcome: RunOutcome(values: [.systemCost: value]), recording: nil)
            let file = PartialResult(header: partial.header, shard: .whole, runs: [run]).json
            let read = try #require(PartialResult(json: Data(file.utf8)))
            #expect(read.runs[0].outcome[.systemCost].bitPattern == value.bitPattern, "\(value)")
        }
    }

    @Test func everyUnitIsInOneShard() throws {
        for count in 1...12 {
            let shards = try (1...count).map { try Shard("\($0)/\(count)") }
            #expect(shards.flatMap { Array($0.units(of: 10)) }.sorted() == Array(0..<10))
            for shard in shards { #expect(shard.unitCount(of: 10) == Array(shard.units(of: 10)).count) }
        }
    }

    @Test func missingShardsAreNamed() async throws {
        let partials = try await shards(try experiment(), 5)
        let told = message([partials[0], partials[2], partials[4]])
        #expect(told == "ember merge: of 5 shards 2 are missing: 2, 4")
    }

    @Test func duplicatesAreRefused() async throws {
        let partials = try await shards(try experiment(), 2)
        #expect(message(partials + [partials[0]]) == "2.json: is shard 1/2, as is 0.json; give each shard once")
    }

    @Test func foreignShardsAreRefused() async throws {
        let own = try await shards(try experiment(), 2)[0]
        let others: [(Experiment, String)] = try [
            (experiment(version: "2"), "another version of ember (2, not 1)"),
            (experiment(["lru"]), "other policies"),
            (experiment(seeds: 4), "other seeds"),
            (experiment(set: ["slots=31"]), "other settings"),
            (experiment(vary: ["memory.budget=200GB,300GB"]), "other settings"),
            (experiment(isRecorded: true), "another format"),
        ]
        for (other, difference) in others {
            let told = message([own, try await shards(other, 2)[1]])
            #expect(told == "1.json: has \(difference) than 0.json; merge the shards of one command")
        }
        #expect(
            message([own, try await shards(try experiment(), 3)[1]]).contains("another number of shards (3, not 2)"))
    }

    @Test func anotherTextOfTheScenarioShows() async throws {
        let texts = [
            "base: drift\nslots: 30", "base: drift\nslots: 30\ncontext: {retention: kept}",
            "# more\nslots: 30\nbase: drift",
        ]
        let prints = try texts.map { text in
            try ScenarioReader.read(text: text, source: "s.yaml", name: "s").fingerprint.text
        }
        #expect(prints[0] != prints[1])
    }

    @Test func otherRequestsShow() throws {
        let prints = [1, 2].map { count in
            var fingerprint = Fingerprint()
            fingerprint.take(.matrix(Workload(slots: [[Batch(pair: PairID(0), count: count)]])))
            return fingerprint.text
        }
        #expect(prints[0] != prints[1])
    }

    /// Every file that is cut short differs from a whole one, and none crashes the reader.
    @Test func damagedFilesAreRefused() async throws {
        let text = await (try experiment(seeds: 2, isRecorded: true)).run(.whole, jobs: 2).json
        for length in stride(from: 0, to: text.utf8.count - 2, by: 997) {
            #expect(PartialResult(json: Data(text.utf8.prefix(length))) == nil)
        }
        for (part, other) in [
            ("\"count\":1", "\"count\":0"), ("\"count\":1", "\"count\":2"), ("\"number\":1", "\"number\":-1"),
            ("\"slots\":30", "\"slots\":29"), ("\"slots\":30", "\"slots\":-1"), ("\"policy\":1", "\"policy\":7"),
            ("\"total\"", "\"totals\""), ("\"seeds\":[1,2]", "\"seeds\":[]"),
            ("\"seeds\":[1,2]", "\"seeds\":[1]"),
        ] {
            let damaged = text.replacing(part, with: other)
            #expect(damaged != text)
            #expect(PartialResult(json: Data(damaged.utf8)) == nil, "\(other)")
        }
    }

    @Test(arguments: ["", "3", "0/4", "5/4", "1/0", "-1/4", "1/2/3", "a/b", "1/99999999999999999999", "1/1000001"])
    func badShardsAreTold(text: String) {
        #expect(throws: ScenarioError.self) { try Shard(text) }
    }
}
