/// A line for each policy.
struct LinePlot {
    struct Point {
        let x: Double
        let y: Double
        /// Half of the 95 % confidence interval's width.
        var interval: Double?
        /// What the point says on hovering; without one it is not marked.
        var title: String?
    }

    let title: String
    /// Below the horizontal axis.
    let axis: String
    let policies: [String]
    /// By policy.
    let lines: [[Point]]
    /// Labels of the horizontal axis, where it has other ones than round figures.
    var labels: [(x: Double, text: String)]?
    var isLogarithmic = false

    private let left = 60.0
    private let right = 940.0
    private let top = 10.0
    private let bottom = 330.0

    var figure: String { "<figure>\n" + PolicyStyle.legend(policies) + svg + "</figure>\n" }

    private var svg: String {
        let points = lines.joined()
        let xs = points.map(\.x) + (labels?.map(\.x) ?? [0])
        let horizontal = Scale((xs.min() ?? 0)...(xs.max() ?? 1), from: left + 8, to: right)
        let vertical =
            isLogarithmic && points.contains { $0.y > 0 }
            ? Scale(logarithmic: points.map(\.y), from: bottom, to: top)
            : Scale(upTo: points.map { $0.y + ($0.interval ?? 0) }.max() ?? 0, from: bottom, to: top)
        let content =
            vertical.horizontalGrid(left: left, right: right) + labelled(horizontal)
            + Markup.text(axis, x: (left + right) / 2, y: bottom + 40, "tick middle")
            + lines.enumerated().map { draw($1, of: $0, horizontal, vertical) }.joined()
        return Markup.svg(width: 960, height: bottom + 50, title: title, content)
    }

    private func labelled(_ scale: Scale) -> String {
        guard let labels else { return scale.verticalGrid(top: top, bottom: bottom) }
        return labels.map { label in
            Markup.line(scale(label.x), top, scale(label.x), bottom, "grid")
                + Markup.text(label.text, x: scale(label.x), y: bottom + 18, "tick middle")
        }.joined()
    }

    private func draw(_ points: [Point], of policy: Int, _ x: Scale, _ y: Scale) -> String {
        let path = points.map { "\(Markup.px(x($0.x))) \(Markup.px(y($0.y)))" }.joined(separator: "L")
        let name = Markup.escaped(policies[policy])
        let marks = points.compactMap { point -> String? in
            guard let title = point.title else { return nil }
            let whisker = point.interval.map {
                Markup.line(x(point.x), y(point.y - $0), x(point.x), y(point.y + $0), "bound")
            }
            return (whisker ?? "")
                + "<circle cx=\"\(Markup.px(x(point.x)))\" cy=\"\(Markup.px(y(point.y)))\" r=\"4\">"
                + "<title>\(Markup.escaped(title))</title></circle>\n"
        }
        return "<g class=\"\(PolicyStyle.classes(policy))\"><title>\(name)</title><path d=\"M\(path)\"/>\n"
            + marks.joined() + "</g>\n"
    }
}
