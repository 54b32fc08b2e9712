import Foundation

/// Published figures beside ours, a line a policy, for people.
public struct FitTable {
    private let rows: [FittedRow]
    private let leftOut: Set<String>

    /// - Parameter leftOut: policies that were predicted, not fitted to.
    public init(_ rows: [FittedRow], leftOut: Set<String> = []) { (self.rows, self.leftOut) = (rows, leftOut) }

    /// Each figure as ours (published).
    public var text: String {
        rows.map { row in
            let figures = Measure.published.compactMap { measure in
                row.published[measure].map { "\(measure.rawValue) \(shown(row.means[measure] ?? 0)) (\(shown($0)))" }
            }
            let name = row.policy + (leftOut.contains(row.policy) ? ", predicted" : "")
            return "\(name): " + figures.joined(separator: ", ")
        }.joined(separator: "\n")
    }

    private func shown(_ figure: Double) -> String { String(format: figure < 0.1 ? "%.4f" : "%.3f", figure) }
}
