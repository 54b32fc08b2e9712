import EmberDocument

/// A sweep as a table of system costs, and as data with all measures.
struct SweepReport {
    private let header: ExperimentHeader
    private let points: [(settings: [Setting], comparison: Comparison)]

    init(_ results: Results) {
        header = results.header
        points = results.comparisons.enumerated().map { (results.header.grid.settings(of: $0), $1) }
    }

    /// A row a point: the system cost of each policy with its 95 % confidence interval.
    func table(isBold: Bool, width: Int = 120) -> String {
        let columns = header.policies.indices.map { policy in
            let rows = points.map(\.comparison.rows[policy])
            return [
                ColumnLayout.Column(
                    heading: header.policies[policy], cells: rows.map(Self.cell),
                    isBest: points.map { point in
                        header.policies.count > 1
                            && point.comparison.best(.systemCost).contains(header.policies[policy])
                    })
            ]
        }
        let labels = points.map { $0.settings.map(\.description).joined(separator: " ") }
        let heading = "system cost" + (header.seeds.count > 1 ? ", ± of a 95 % confidence interval" : "")
        return "\(points[0].comparison.title): \(heading)\n"
            + ColumnLayout(labels: labels, groups: columns, isBold: isBold, width: width).text
    }

    private static func cell(_ row: ComparisonRow) -> String {
        let mean = Measure.systemCost.text(row.mean(.systemCost))
        return row.interval(.systemCost).map { "\(mean) ±\(Measure.systemCost.text($0))" } ?? mean
    }

    /// A line a point and policy: the varied keys, then the columns of a comparison's CSV.
    var csv: String {
        let keys = header.variations.map { CSV.field($0.key) }.joined(separator: ",")
        let lines = points.enumerated().flatMap { index, point in
            let values = point.settings.map { CSV.field($0.value) }.joined(separator: ",")
            let rows = point.comparison.csv.split(separator: "\n")
            return (index == 0 ? ["\(keys),\(rows[0])\n"] : []) + rows.dropFirst().map { "\(values),\($0)\n" }
        }
        return lines.joined()
    }

    /// A list of the points, each as a comparison's JSON, with what was set at it.
    var json: String {
        let list = points.map { point in
            let set = JSONValue.object(point.settings.map { JSONValue.Member(key: $0.key, value: .string($0.value)) })
            return JSONValue.object([JSONValue.Member(key: "set", value: set)] + point.comparison.document.members)
        }
        return JSONValue.array(list).jsonText() + "\n"
    }
}

enum CSV {
    /// A field, in quotes where it needs them (RFC 4180).
    static func field(_ text: String) -> String {
        guard text.contains(where: { ",\"\r\n".contains($0) }) else { return text }
        return "\"" + text.replacing("\"", with: "\"\"") + "\""
    }
}
