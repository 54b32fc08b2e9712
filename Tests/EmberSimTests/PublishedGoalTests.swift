import EmberCore
import Foundation
import Testing

@testable import EmberSim

@Suite struct PublishedGoalTests {
    private func row(_ policy: String, published: Double, ours: Double, _ measure: Measure = .systemCost) -> FittedRow {
        FittedRow(policy: policy, published: [measure: published], means: [measure: ours])
    }

    @Test func theErrorIsTheMeanSquareOfTheLogarithms() {
        let score = FitScore(
            [row("a", published: 1, ours: 2), row("b", published: 8, ours: 8)], PublishedGoal(), penalty: 0)
        #expect(abs(score.error - log(2) * log(2) / 2) < 1e-12)
        #expect(abs(score.typicalFactor - exp(log(2) / 2.0.squareRoot())) < 1e-12)
        #expect(score.lostOrders.isEmpty)
    }

    @Test func ordersThatAreLostAreNamed() {
        let rows = [
            row("a", published: 1, ours: 3), row("b", published: 2, ours: 2), row("none", published: 0, ours: 9),
        ]
        let score = FitScore(rows, PublishedGoal(), penalty: 0)
        #expect(score.lostOrders.map(\.description) == ["total: a < b"])
        #expect(score.figure > score.error)
        #expect(FitScore(rows, PublishedGoal(orders: []), penalty: 0).lostOrders.isEmpty)
    }

    @Test func neighboursMustDifferByTheMargin() {
        let rows = [row("a", published: 1, ours: 1), row("b", published: 2, ours: 1.01)]
        #expect(FitScore(rows, PublishedGoal(), penalty: 0).lostOrders.isEmpty)
        #expect(FitScore(rows, PublishedGoal(orderMargin: 0.02), penalty: 0).lostOrders.count == 1)
    }

    @Test func whatIsLeftOutDoesNotCount() {
        let rows = [row("a", published: 1, ours: 1), row("b", published: 2, ours: 0.1)]
        let score = FitScore(rows, PublishedGoal(leftOut: ["b"]), penalty: 0)
        #expect(score.error == 0 && score.lostOrders.isEmpty)
    }

    @Test func valuesThatAreNotPlausibleAreDear() throws {
        let goal = PublishedGoal(plausible: [try FitRange("delta=0.3..4", flag: "--plausible")])
        #expect(goal.penalty(["delta", "other"], ["0.3", "0"]) == 0)
        #expect(abs(goal.penalty(["delta"], ["0.03"]) - pow(log(10), 2)) < 1e-9)
    }

    /// On the paper's scenario with few slots: what is found moves within its slack, and beyond it the fit is lost.
    @Test func slackEndsWhereTheFitIsLost() async throws {
        let fit = try Fit(
            ["paper"], .published(PublishedGoal(orders: [])),
            settings: [Setting(key: "slots", value: "20", flag: "--set")],
            ranges: [try FitRange("workload.requests=20..400")], seeds: [1], traces: nil)
        let found = await fit.run(trials: 16, seed: 1, jobs: 2) { _, _ in }
        let slack = await fit.slack(of: found, jobs: 1) { _, _ in }
        let range = try #require(slack.first)
        let (low, high) = (try #require(Double(range.low)), try #require(Double(range.high)))
        let value = try #require(Double(found.values[0].split(separator: "=")[1]))
        #expect(range.key == "workload.requests" && low <= value && value <= high && high < 400)
        let best = try #require(fit.score(found.shares, seeds: [1]))
        let far = try #require(fit.score([1], seeds: [1]))
        #expect(far.error > 1.5 * best.error)
    }

    @Test func whatDoesNotFitTogetherIsTold() throws {
        let ranges = [try FitRange("workload.requests=20..400")]
        for goal in [
            PublishedGoal(leftOut: ["lru"]),
            PublishedGoal(plausible: [try FitRange("slots=1..2", flag: "--plausible")]),
        ] {
            #expect(throws: ScenarioError.self) {
                try Fit(["paper"], .published(goal), settings: [], ranges: ranges, seeds: [1], traces: nil)
            }
        }
    }
}
