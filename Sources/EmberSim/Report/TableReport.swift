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
        let layout = ColumnLayout(
            labels: comparison.measures.map(\.label), groups: comparison.rows.map(columns), isBold: isBold,
            width: width)
        return "\(comparison.title)\n" + layout.text
    }

    /// The policy's own column, and one of its published figures where there are any.
    private func columns(of row: ComparisonRow) -> [ColumnLayout.Column] {
        let own = ColumnLayout.Column(
            heading: row.policy,
            cells: comparison.measures.map { measure in
                guard row.has(measure) else { return "" }
                let mean = measure.text(row.mean(measure))
                return row.deviationIsKnown ? "\(mean) ±\(measure.text(row.deviation(measure)))" : mean
            },
            isBest: comparison.measures.map { comparison.best($0).contains(row.policy) && comparison.rows.count > 1 })
        guard let published = comparison.published.first(where: { $0.policy == row.policy }) else { return [own] }
        let cells = comparison.measures.map { measure in published.figures[measure].map(measure.text) ?? "" }
        return [own, ColumnLayout.Column(heading: "published", cells: cells, isBest: cells.map { _ in false })]
    }
}

extension Comparison {
    /// "paper, 20 seeds".
    var title: String { "\(scenario), \(seeds) seed\(seeds == 1 ? "" : "s")" }
}

extension ComparisonRow {
    var deviationIsKnown: Bool { runs.count > 1 }
}

extension Measure {
    /// A figure for people.
    func text(_ value: Double) -> String {
        switch self {
        case .averageAccuracyCost, .meanWait, .wait99: String(format: "%.4f", value)
        case .boundRatio: String(format: "%.3f", value)
        case .edgeRatio: String(format: "%.1f%%", value * 100)
        case .requests, .loads, .loadSeconds, .rejectedRequests: String(format: "%.0f", value)
        default: String(format: "%.2f", value)
        }
    }
}
