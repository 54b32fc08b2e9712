/// Columns beside row labels, spread over several tables when they would be too wide for one.
struct ColumnLayout {
    struct Column {
        let heading: String
        let cells: [String]
        /// By row, whether the cell is the best.
        let isBest: [Bool]

        fileprivate var width: Int { max(heading.count, cells.map(\.count).max() ?? 0) }
    }

    let labels: [String]
    /// The columns of a group stay together.
    let groups: [[Column]]
    /// Whether the best cells are set in bold, by a terminal's codes.
    let isBold: Bool
    let width: Int

    /// The tables, with an empty line before each.
    var text: String {
        var blocks: [[Column]] = [[]]
        var used = labelWidth
        for columns in groups {
            let needed = columns.reduce(0) { $0 + $1.width + 2 }
            if used + needed > width, blocks.last?.isEmpty == false {
                blocks.append([])
                used = labelWidth
            }
            blocks[blocks.count - 1] += columns
            used += needed
        }
        return blocks.map { "\n" + text(of: $0) }.joined()
    }

    private var labelWidth: Int { labels.map(\.count).max() ?? 0 }

    private func text(of columns: [Column]) -> String {
        let labelWidth = labelWidth
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

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    private static func leading(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }
}
