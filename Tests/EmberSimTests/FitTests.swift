import EmberCore
import EmberDocument
import Foundation
import Testing

@testable import EmberSim

@Suite struct FitTests {
    private func range(_ text: String) throws -> FitRange { try FitRange(text) }

    @Test func valuesLieEvenlyByRatioOrByDifference() throws {
        let size = try range("memory.budget=100GB..400GB")
        #expect(size.text(at: 0.5) == "200GB")
        #expect(size.text(at: 1) == "400GB")
        let share = try range("share=0..2")
        #expect(share.text(at: 0.25) == "0.5")
        #expect(share.text(at: 0) == "0")
        #expect(try range("x=0.001..1").text(at: 1.0 / 3) == "0.01")
    }

    @Test func valuesWithoutAnOrderHaveEqualParts() throws {
        let range = try range("workload.idle_pairs=0|2|4")
        #expect([0, 0.33, 0.34, 0.66, 0.67, 1].map { range.text(at: $0) } == ["0", "0", "2", "2", "4", "4"])
        #expect(range.isChoice)
    }

    @Test func whatIsNotPlausibleLiesOutside() throws {
        let range = try range("memory.budget=100GB..400GB")
        #expect(range.distance(of: "100GB") == 0 && range.distance(of: "300GB") == 0)
        #expect(abs(range.distance(of: "50GB") - log(2)) < 1e-12)
        #expect(abs(range.distance(of: "800GB") - log(2)) < 1e-12)
    }

    @Test(arguments: ["memory", "memory=1", "memory=4..2", "memory=1GB..2MB", "=1..2", "a=..2", "a=1|", "a=|"])
    func badRangesAreTold(text: String) {
        #expect(throws: ScenarioError.self) { try FitRange(text) }
    }

    /// A bowl with its bottom at x = 30, y = 0.2: found within a few percent, and the same on any number of cores.
    @Test func theSearchFindsTheBottom() async throws {
        let ranges = [try range("x=1..1000"), try range("y=0..1")]
        var found: [FitSearch.Found] = []
        for jobs in [1, 3] {
            found.append(
                await FitSearch(ranges: ranges, trials: 400, seed: 3, jobs: jobs).run(progress: { _, _ in }) { shares in
                    let values = zip(ranges, shares).map { Double($0.text(at: $1)) ?? .nan }
                    return abs(values[0] / 30 - 1) + abs(values[1] - 0.2)
                })
        }
        #expect(found[0].figure < 0.05)
        #expect(found[0].shares == found[1].shares)
    }

    /// Ski rental that never buys is Cloud; a fit of its share on `stationary` must leave that behind.
    @Test func aPolicysParameterIsFitted() async throws {
        let reference = try SimulatedPolicy.parse("cloud")
        let fit = try Fit(
            ["stationary"], .policy("ski-rental", reference: reference),
            settings: [Setting(key: "slots", value: "60", flag: "--set")], ranges: [try range("share=0.05..1000")],
            seeds: [1, 2], traces: nil)
        let found = await fit.run(trials: 24, seed: 1, jobs: 2) { _, _ in }
        #expect(found.after < 0.9 * found.before)
        #expect(found.policy?.hasPrefix("ski-rental:share=") == true)
    }

    @Test func whatCannotBeFittedIsTold() throws {
        #expect(throws: ScenarioError.self) {
            try Fit(
                ["drift"], .published(PublishedGoal()), settings: [], ranges: [try range("memory.budget=1GB..2GB")],
                seeds: [1],
                traces: nil)
        }
        let reference = try SimulatedPolicy.parse("cloud")
        #expect(throws: ScenarioError.self) {
            try Fit(
                ["drift"], .policy("lru", reference: reference), settings: [], ranges: [try range("horizon=1..2")],
                seeds: [1], traces: nil)
        }
    }

    @Test func keysAreFittedToPublishedFigures() async throws {
        let fit = try Fit(
            ["paper"], .published(PublishedGoal()), settings: [Setting(key: "slots", value: "20", flag: "--set")],
            ranges: [try range("workload.requests=20..400")], seeds: [1], traces: nil)
        let found = await fit.run(trials: 12, seed: 1, jobs: 2) { _, _ in }
        #expect(found.after <= found.before)
        #expect(found.values.count == 1 && found.policy == nil)
    }
}
