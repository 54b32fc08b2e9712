import Foundation
import Testing

@testable import EmberSim

@Suite struct BoundReportTests {
    /// Two seeds of cost 2 and 6, or 3 and 3, with bounds of 1 and 3: ratios 2 and 2, or 3 and 1.
    private func comparison(bounds: [Double] = [1, 3]) -> Comparison {
        func row(_ policy: String, _ costs: [Double]) -> ComparisonRow {
            ComparisonRow(policy: policy, runs: costs.map { RunOutcome(systemCost: $0).adding(.loads, 4) })
        }
        let comparison = Comparison(
            scenario: "s", seeds: 2, rows: [row("even", [2, 6]), row("odd", [3, 3])], published: [])
        return comparison.bounded(
            by: bounds.map {
                OfflineBound(systemCost: $0, clairvoyant: RunOutcome(systemCost: $0 * 1.5).adding(.loads, 1))
            })
    }

    @Test func ratiosAreTakenSeedBySeed() {
        let rows = comparison().rows
        #expect(rows.map(\.policy) == ["even", "odd", "clairvoyant", "lower-bound"])
        #expect(rows.prefix(3).map { $0.mean(.boundRatio) } == [2, 2, 1.5])
        #expect(rows[0].deviation(.boundRatio) == 0)
        #expect(abs(rows[1].deviation(.boundRatio) - 2.0.squareRoot()) < 1e-12)
        #expect(!rows[3].has(.boundRatio))
    }

    @Test func aBoundOfNothingHasNoRatio() {
        #expect(!comparison(bounds: [0, 3]).measures.contains(.boundRatio))
    }

    /// Who knows the future is the best in nothing; the lowest cost of a policy is 3.
    @Test func offlineRowsAreOutOfContest() {
        #expect(comparison().best(.systemCost) == ["odd"])
        #expect(comparison().best(.boundRatio) == ["even", "odd"])
    }

    @Test func whatTheBoundHasNotIsEmpty() throws {
        let comparison = comparison()
        #expect(
            comparison.csv.split(separator: "\n").map(String.init) == [
                "policy,total,total.sd,loads,loads.sd,bound_ratio,bound_ratio.sd",
                "even,4.0,2.8284271247461903,4.0,0.0,2.0,0.0",
                "odd,3.0,0.0,4.0,0.0,2.0,1.4142135623730951",
                "clairvoyant,3.0,2.1213203435596424,1.0,0.0,1.5,0.0",
                "lower-bound,2.0,1.4142135623730951,,,,",
            ])
        let object = try JSONSerialization.jsonObject(with: Data(comparison.json.utf8)) as? [String: Any]
        let rows = try #require(object?["rows"] as? [[String: Any]])
        #expect(rows[3]["loads"] is NSNull && rows[3]["bound_ratio.sd"] is NSNull)
        #expect(rows[0]["bound_ratio"] as? Double == 2)
        let table = TableReport(comparison, isBold: false).text.split(separator: "\n").map { $0.split(separator: " ") }
        #expect(table.last == ["ratio", "to", "bound", "2.000", "±0.000", "2.000", "±1.414", "1.500", "±0.000"])
    }
}
