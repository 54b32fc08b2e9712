import EmberCore
import Foundation
import Testing

@testable import EmberSim

@Suite struct ReportTests {
    private func comparison(_ policies: [String], _ scenario: String = "paper", seeds: [UInt64] = [1, 2]) async throws
        -> Comparison
    {
        await Comparison.run(
            try ScenarioReader.read(scenario), policies: policies.compactMap(SimulatedPolicy.named), seeds: seeds,
            jobs: 2)
    }

    @Test func jsonHasEveryMeasureWithItsDeviation() async throws {
        let comparison = try await comparison(["lru", "cloud"])
        let object = try JSONSerialization.jsonObject(with: Data(comparison.json.utf8)) as? [String: Any]
        #expect(object?["scenario"] as? String == "paper")
        #expect(object?["seeds"] as? Int == 2)
        let rows = try #require(object?["rows"] as? [[String: Any]])
        #expect(rows.map { $0["policy"] as? String } == ["lru", "cloud"])
        for measure in Measure.ofSlots {
            let figures =
                [(measure.rawValue, comparison.rows[0].mean(measure))]
                + [(measure.rawValue + ".sd", comparison.rows[0].deviation(measure))]
            for (key, figure) in figures {
                let read = try #require(rows[0][key] as? Double)
                // Foundation's JSON reader may be off by the last bit.
                #expect(abs(read - figure) <= 1e-14 * abs(figure), "\(key)")
            }
        }
    }

    @Test func csvHasALineAPolicy() async throws {
        let lines = try await comparison(["lru", "cloud"]).csv.split(separator: "\n").map { $0.split(separator: ",") }
        #expect(lines.count == 3)
        #expect(lines.allSatisfy { $0.count == 1 + 2 * Measure.ofSlots.count })
        #expect(lines[0].prefix(3) == ["policy", "systemCost", "systemCost.sd"])
        #expect(lines.map { $0[0] } == ["policy", "lru", "cloud"])
    }

    @Test func theTableHasPublishedFiguresBesideOurs() async throws {
        let text = TableReport(try await comparison(["cloud", "lru"]), isBold: false).text
        let lines = text.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        #expect(lines[1] == ["cloud", "published", "lru"])
        #expect(lines[2][4] == "7.29")
        #expect(!text.contains("\u{1B}"))
    }

    @Test func theBestIsBold() async throws {
        let comparison = try await comparison(["cloud", "fifo"])
        let row = TableReport(comparison, isBold: true).text.split(separator: "\n").first {
            $0.hasPrefix("system cost")
        }
        let bold = try #require(row?.split(separator: "\u{1B}").first { $0.hasPrefix("[1m") })
        #expect(bold.contains(String(format: "%.2f", comparison.rows[0].mean(.systemCost))))
    }

    @Test func wideTablesAreBroken() async throws {
        let text = TableReport(try await comparison(SimulatedPolicy.all.map(\.name)), isBold: false, width: 100).text
        #expect(text.split(separator: "\n").allSatisfy { $0.count <= 100 })
    }
}
