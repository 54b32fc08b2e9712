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
        for measure in comparison.measures {
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
        let comparison = try await comparison(["lru", "cloud"])
        let lines = comparison.csv.split(separator: "\n").map { $0.split(separator: ",") }
        #expect(lines.count == 3)
        #expect(lines.allSatisfy { $0.count == 1 + 2 * comparison.measures.count })
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

    @Test func columnsStandBelowTheirHeadings() {
        func column(_ heading: String, _ cells: [String]) -> ColumnLayout.Column {
            ColumnLayout.Column(heading: heading, cells: cells, isBest: [true, false])
        }
        let groups = [[column("lru", ["1", "12345"])], [column("fifo", ["", "7"]), column("x", ["10", "9"])]]
        func text(_ width: Int) -> String {
            ColumnLayout(labels: ["cost", "requests"], groups: groups, isBold: false, width: width).text
        }
        // 8 for the labels, then 2 and the widest cell for each column.
        let lru = ["            lru", "cost          1", "requests  12345"]
        let others = ["          fifo   x", "cost            10", "requests     7   9"]
        let wide = zip(lru, ["  fifo   x", "        10", "     7   9"]).map { $0 + $1 }
        #expect(text(25) == "\n" + wide.map { $0 + "\n" }.joined())
        #expect(text(24) == ("\n" + lru.map { $0 + "\n" }.joined() + "\n" + others.map { $0 + "\n" }.joined()))
    }

    @Test func aSweepHasALineAPointAndPolicy() async throws {
        let experiment = try Experiment(
            "drift", variations: [try Variation("slots=5,10"), try Variation("summary=a b,\"c\"")],
            policies: ["lru", "cloud"].compactMap(SimulatedPolicy.named), seeds: [1, 2], version: "1")
        let results = await experiment.run(jobs: 2)
        let lines = results.text(.csv).split(separator: "\n")
        #expect(lines.count == 1 + 4 * 2)
        #expect(lines[0].hasPrefix("slots,summary,policy,systemCost,systemCost.sd"))
        #expect(lines[3].hasPrefix("5,\"\"\"c\"\"\",lru,"))
        let table = results.text(.table).split(separator: "\n")
        #expect(table.count == 2 + 4)
        #expect(table[2].hasPrefix("slots=5 summary=a b"))
        let row = results.comparisons[0].rows[0]
        let interval = try #require(row.interval(.systemCost))
        #expect(table[2].contains(String(format: "%.2f ±%.2f", row.mean(.systemCost), interval)))
    }
}
