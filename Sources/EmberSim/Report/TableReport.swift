import Foundation

/// A comparison as a table for people: rows as in the papers' Table II, one column a policy, mean ± deviation.
public struct TableReport: Sendable {
    private let comparison: Comparison
    /// Whether the best of a row is set in bold, by a terminal's codes.
    private let isBold: Bool
    /// Columns of policies are spread over several tables when they would be wider than this.
    private let width: Int

    public init(_ comparison: Comparison, isBold: Bool, width: Int = 120) {
        self.comparison = comparison
        self.isBold = isBold
        self.width = width
    }

    public var text: String {
        let labels = comparison.measures.map(\.label)
        let labelWidth = labels.map(\.count).max() ?? 0
        var blocks: [[Column]] = [[]]
        var used = labelWidth
        for columns in comparison.rows.map(columns) {
            let needed = columns.reduce(0) { $0 + $1.width + 2 }
            if used + needed > width, blocks.last?.isEmpty == false {
                blocks.append([])
                used = labelWidth
            }
            blocks[blocks.count - 1] += columns
            used += needed
        }
        let title = "\(comparison.scenario), \(comparison.seeds) seed\(comparison.seeds == 1 ? "" : "s")"
        return title + "\n" + blocks.map { "\n" + text(of: $0, labels, labelWidth) }.joined()
    }

    private struct Column {
        let heading: String
        let cells: [String]
        /// By row, whether the cell is the best.
        let isBest: [Bool]
        var width: Int { max(heading.count, cells.map(\.count).max() ?? 0) }
    }

    /// The policy's own column, and one of its published figures where there are any.
    private func columns(of row: ComparisonRow) -> [Column] {
        let own = Column(
            heading: row.policy,
            cells: comparison.measures.map { measure in
                let mean = Self.number(row.mean(measure), measure)
                return row.deviationIsKnown ? "\(mean) ±\(Self.number(row.deviation(measure), measure))" : mean
            },
            isBest: comparison.measures.map { comparison.best($0).contains(row.policy) && comparison.rows.count > 1 })
        guard let published = comparison.published.first(where: { $0.policy == row.policy }) else { return [own] }
        let cells = comparison.measures.map { measure in
            published.figures[measure].map { Self.number($0, measure) } ?? ""
        }
        return [own, Column(heading: "published", cells: cells, isBest: cells.map { _ in false })]
    }

    private func text(of columns: [Column], _ labels: [String], _ labelWidth: Int) -> String {
        var lines = [Self.padded("", labelWidth) + columns.map { "  " + Self.leading($0.heading, $0.width) }.joined()]
        for (index, label) in labels.enumerated() {
            let cells = columns.map { column in
                let cell = Self.leading(column.cells[index], column.width)
                return "  " + (isBold && column.isBest[index] ? "\u{1B}[1m\(cell)\u{1B}[0m" : cell)
            }
            lines.append(Self.padded(label, labelWidth) + cells.joined())
        }
        return lines.map { Self.withoutTrailingSpaces($0) + "\n" }.joined()
    }

    private static func withoutTrailingSpaces(_ line: String) -> String {
        String(line[..<(line.lastIndex { $0 != " " }.map(line.index(after:)) ?? line.startIndex)])
    }

    private static func number(_ value: Double, _ measure: Measure) -> String {
        switch measure {
        case .averageAccuracyCost, .meanWait, .wait99: String(format: "%.4f", value)
        case .edgeRatio: String(format: "%.1f%%", value * 100)
        case .requests, .loads, .loadSeconds, .rejectedRequests: String(format: "%.0f", value)
        default: String(format: "%.2f", value)
        }
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    private static func leading(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }
}

extension ComparisonRow {
    fileprivate var deviationIsKnown: Bool { runs.count > 1 }
}
