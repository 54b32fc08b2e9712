/// The share of requests that each policy runs at the edge, with the published share as a ring.
struct EdgeRatioPlot {
    let comparison: Comparison

    private let width = 960.0

    var figure: String {
        let items = [("simulated, with its 95 % confidence interval", "dot")]
        let published = comparison.published.contains { $0.figures[.edgeRatio] != nil } ? [("published", "ring")] : []
        return "<figure>\n" + Markup.legend((items + published).map { ($0.0, $0.1) }) + svg + "</figure>\n"
    }

    private var svg: String {
        let left = Double(comparison.rows.map(\.policy.count).max() ?? 0) * 7.2 + 14
        let scale = Scale(0...1, from: left, to: width - 180)
        let bottom = Double(comparison.rows.count) * 24 + 8
        let rows = comparison.cheapestFirst.enumerated().map { draw($1, y: Double($0) * 24 + 16, scale) }
        return Markup.svg(
            width: width, height: bottom + 24, title: "Share of requests run at the edge by each policy",
            scale.verticalGrid(top: 4, bottom: bottom) { "\(Int(($0 * 100).rounded())) %" } + rows.joined())
    }

    private func draw(_ row: ComparisonRow, y: Double, _ scale: Scale) -> String {
        let mean = row.mean(.edgeRatio)
        let interval = row.interval(.edgeRatio) ?? 0
        let title = "\(row.policy): \(Measure.edgeRatio.text(mean)) of requests at the edge"
        var text = Markup.text(row.policy, x: scale.start - 8, y: y + 4, "name end")
        text += Markup.line(scale(0), y, scale(mean), y, "stem")
        text += Markup.line(scale(max(0, mean - interval)), y, scale(min(1, mean + interval)), y, "whisker")
        text += dot(scale(mean), y, "dot", title)
        let published = comparison.published.first { $0.policy == row.policy }?.figures[.edgeRatio]
        if let published {
            text += dot(scale(published), y, "ring", "\(row.policy), published: \(Measure.edgeRatio.text(published))")
        }
        text += Markup.text(Measure.edgeRatio.text(mean), x: scale.end + 60, y: y + 4, "value end")
        let note = published.map { "published \(Measure.edgeRatio.text($0))" } ?? ""
        return text + Markup.text(note, x: scale.end + 70, y: y + 4, "note")
    }

    private func dot(_ x: Double, _ y: Double, _ classes: String, _ title: String) -> String {
        "<circle cx=\"\(Markup.px(x))\" cy=\"\(Markup.px(y))\" r=\"5\" class=\"\(classes)\">"
            + "<title>\(Markup.escaped(title))</title></circle>\n"
    }
}
