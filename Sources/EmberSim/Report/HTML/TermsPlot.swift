/// The system cost of each policy as a bar stacked of its terms, the published one below it, cheapest first.
struct TermsPlot {
    let comparison: Comparison

    private let width = 960.0
    private let top = 6.0
    private let barHeight = 18.0
    private let publishedHeight = 8.0

    var figure: String {
        let shown = Measure.terms.enumerated().filter { _, measure in
            measure.term?.needsPrice == false || comparison.rows.contains { $0.mean(measure) > 0 }
        }
        let legend = Markup.legend(shown.map { ($1.label, "t\($0)") })
        return "<figure>\n" + legend + svg + "</figure>\n"
    }

    private struct Bar {
        let row: ComparisonRow
        let published: PublishedRow?
        var y = 0.0
    }

    private var svg: String {
        var bars = comparison.cheapestFirst.map { row in
            Bar(row: row, published: comparison.published.first { $0.policy == row.policy })
        }
        var y = top
        for index in bars.indices {
            bars[index].y = y
            y += bars[index].published == nil ? 29 : 40
        }
        let left = Double(bars.map(\.row.policy.count).max() ?? 0) * 7.2 + 14
        let scale = Scale(upTo: bars.map(largest).max() ?? 0, from: left, to: width - 120)
        let content =
            scale.verticalGrid(top: top - 4, bottom: y)
            + bars.map { draw($0, scale) }.joined()
            + Markup.text("cost per slot", x: width - 112, y: y + 16, "tick")
        return Markup.svg(width: width, height: y + 24, title: "System cost of each policy by its terms", content)
    }

    private func largest(_ bar: Bar) -> Double {
        let own = bar.row.mean(.systemCost) + (bar.row.interval(.systemCost) ?? 0)
        return max(own, bar.published.map(sum) ?? 0)
    }

    /// Of the terms, which is what the bar shows; the published total may be rounded otherwise.
    private func sum(_ published: PublishedRow) -> Double {
        Measure.terms.reduce(0) { $0 + (published.figures[$1] ?? 0) }
    }

    private func draw(_ bar: Bar, _ scale: Scale) -> String {
        let row = bar.row
        let mean = row.mean(.systemCost)
        var text = Markup.text(row.policy, x: scale.start - 8, y: bar.y + 13.5, "name end")
        text += stack(bar, bar.y, barHeight, "", scale) { row.mean($0) }
        var label = Measure.systemCost.text(mean)
        var end = scale(mean)
        if let interval = row.interval(.systemCost) {
            label += " ± \(Measure.systemCost.text(interval))"
            let (low, high, middle) = (scale(max(0, mean - interval)), scale(mean + interval), bar.y + barHeight / 2)
            text += Markup.line(low, middle, high, middle, "whisker")
            text += Markup.line(low, middle - 3, low, middle + 3, "whisker")
            text += Markup.line(high, middle - 3, high, middle + 3, "whisker")
            end = high
        }
        text += Markup.text(label, x: end + 7, y: bar.y + 13.5, "value")
        guard let published = bar.published else { return text }
        let y = bar.y + barHeight + 2
        text += stack(bar, y, publishedHeight, "published ", scale) { published.figures[$0] ?? 0 }
        let total = published.figures[.systemCost]
        let note = total.map { "published \(Measure.systemCost.text($0))" } ?? "published"
        return text + Markup.text(note, x: scale(sum(published)) + 7, y: y + 8, "note")
    }

    private func stack(
        _ bar: Bar, _ y: Double, _ height: Double, _ prefix: String, _ scale: Scale, _ figure: (Measure) -> Double
    ) -> String {
        var (sum, text) = (0.0, "")
        for (index, term) in Measure.terms.enumerated() {
            let value = figure(term)
            guard value > 0 else { continue }
            let title = "\(bar.row.policy), \(prefix)\(term.label): \(term.text(value))"
            text += Markup.bar(
                x: scale(sum), y: y, width: scale(sum + value) - scale(sum), height: height,
                "t\(index)" + (prefix.isEmpty ? "" : " faint"), title: title)
            sum += value
        }
        return text
    }
}

extension Comparison {
    /// The rows by their mean system cost.
    var cheapestFirst: [ComparisonRow] {
        // A bound is a cost without terms or a share of the edge.
        rows.filter { $0.has(.edgeRatio) }.enumerated()
            .sorted { ($0.element.mean(.systemCost), $0.offset) < ($1.element.mean(.systemCost), $1.offset) }
            .map(\.element)
    }
}
