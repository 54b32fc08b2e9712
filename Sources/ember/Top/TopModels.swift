import EmberServer
import Foundation

/// The table of models: those that work or wait first, then those in memory, then the others, each by name.
struct TopModels {
    private let models: [StateView.Model]
    private let cells: [[String]]
    private let widths: [Int]

    /// Narrow terminals get the first ones.
    private static let columns = [
        "MODEL", "STATE", "MEMORY", "MEASURED", "RUN", "WAIT", "AGE", "ANSWER", "LOAD", "TOKENS HELD", "KIND",
    ]
    private static let longestName = 24

    init(_ models: [StateView.Model], columns: Int) {
        let sorted = models.sorted { (Self.rank($0), $0.name) < (Self.rank($1), $1.name) }
        let all = [Self.columns] + sorted.map(Self.row)
        let widths = Self.columns.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        var (count, total) = (0, 0)
        for width in widths {
            total += width + (count == 0 ? 0 : 2)
            guard total <= columns || count < 2 else { break }
            count += 1
        }
        (self.models, cells, self.widths) = (sorted, all, Array(widths.prefix(count)))
    }

    var heading: String { line(cells[0]) }

    /// The last one says how many there are that are not shown.
    func rows(atMost most: Int) -> [TopFrame.Line] {
        let rows = zip(models, cells.dropFirst()).map { TopFrame.Line(words: line($1), tone: Self.tone(of: $0)) }
        guard rows.count > most else { return rows }
        return rows.prefix(max(0, most - 1)) + [.init(words: "… \(rows.count - max(0, most - 1)) more", tone: .faint)]
    }

    private func line(_ cells: [String]) -> String {
        zip(cells, widths).enumerated().map { column, cell in
            let space = String(repeating: " ", count: max(0, cell.1 - cell.0.count))
            // Numbers stand below each other.
            return (2..<Self.columns.count - 1).contains(column) ? space + cell.0 : cell.0 + space
        }.joined(separator: "  ")
    }

    private static func rank(_ model: StateView.Model) -> Int {
        if model.inFlight > 0 || model.waiting > 0 { return 0 }
        return switch model.status {
        case .loaded, .loading, .unloading: 1
        case .failed: 2
        case .unloaded: 3
        }
    }

    private static func tone(of model: StateView.Model) -> TopFrame.Line.Tone {
        switch model.status {
        case .failed: .alarm
        case .loaded: .good
        case .loading, .unloading: .plain
        case .unloaded: .faint
        }
    }

    private static func row(_ model: StateView.Model) -> [String] {
        let name = model.name.count <= longestName ? model.name : model.name.prefix(longestName - 1) + "…"
        return [
            name, model.status.rawValue, TopFigures.bytes(model.memory.footprintBytes),
            model.memory.measuredBytes.map(TopFigures.bytes) ?? "-", "\(model.inFlight)", "\(model.waiting)",
            String(format: "%.1f", model.ageOfContext), seconds(model.seen.edgeSeconds ?? model.seen.cloudSeconds),
            seconds(model.seen.loadSeconds), model.tokens.heldTokens.map { "\($0)" } ?? "-", model.kind,
        ]
    }

    private static func seconds(_ seconds: Double?) -> String { seconds.map { String(format: "%.2f s", $0) } ?? "-" }
}
