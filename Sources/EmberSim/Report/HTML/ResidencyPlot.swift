import Foundation

/// When each instance was in memory: a panel a policy, a row an instance, for the first seed.
struct ResidencyPlot {
    let policies: [String]
    let instances: [String]
    let slots: Int
    /// By policy, instance and bin: the share of the bin's slots.
    let shares: [[[Double]]]

    /// More instances than this are left out, those least in memory first.
    static let mostRows = 40

    private let width = 520.0
    private let rowHeight = 11.0

    var figure: String {
        "<div class=\"panels\">\n" + policies.indices.map(panel).joined() + "</div>\n"
    }

    private func panel(_ policy: Int) -> String {
        let rows = shown(shares[policy])
        let left = min(150, Double(rows.map(\.self).map { instances[$0].count }.max() ?? 0) * 5.6 + 10)
        let scale = Scale(0...Double(slots), from: left, to: width - 14)
        let bottom = Double(rows.count) * rowHeight + 4
        let bars = rows.enumerated().map { row, instance in
            draw(instance, of: policy, y: (Double(row) + 0.5) * rowHeight + 2, scale)
        }
        let left_out = instances.count - rows.count
        let caption = left_out > 0 ? " <small>(\(left_out) more instances are not shown)</small>" : ""
        return "<figure><figcaption>\(Markup.escaped(policies[policy]))\(caption)</figcaption>\n"
            + Markup.svg(
                width: width, height: bottom + 22, title: "Residency over time with \(policies[policy])",
                scale.verticalGrid(top: 2, bottom: bottom) + bars.joined())
            + "</figure>\n"
    }

    /// The instances of the catalogue's order that are most in memory.
    private func shown(_ shares: [[Double]]) -> [Int] {
        let totals = shares.map { $0.reduce(0, +) }
        let ranked = shares.indices.sorted { (-totals[$0], $0) < (-totals[$1], $1) }
        return ranked.prefix(Self.mostRows).sorted()
    }

    private func draw(_ instance: Int, of policy: Int, y: Double, _ scale: Scale) -> String {
        let bins = shares[policy][instance]
        let share = bins.reduce(0, +) / Double(max(1, bins.count))
        let name = instances[instance]
        let title = "\(name) with \(policies[policy]): in memory \(String(format: "%.1f", share * 100)) % of the time"
        let short = name.count > 24 ? name.prefix(23) + "…" : name[...]
        let paths = (1...4).map { level in
            let path = path(bins, level: level, y: y, scale)
            return path.isEmpty ? "" : "<path d=\"\(path)\" class=\"l\(level)\"/>"
        }
        return "<g class=\"resident\"><title>\(Markup.escaped(title))</title>"
            + "<rect x=\"\(Markup.px(scale.start))\" y=\"\(Markup.px(y - rowHeight / 2))\" "
            + "width=\"\(Markup.px(scale.end - scale.start))\" height=\"\(Markup.px(rowHeight))\" class=\"hover\"/>"
            + Markup.text(String(short), x: scale.start - 6, y: y + 3, "small end") + paths.joined() + "</g>\n"
    }

    /// The stretches of bins that are in memory for about a quarter, a half, three quarters or all of their slots.
    private func path(_ bins: [Double], level: Int, y: Double, _ scale: Scale) -> String {
        let width = Double(slots) / Double(max(1, bins.count))
        var (path, index) = ("", 0)
        while index < bins.count {
            let start = index
            while index < bins.count, Self.level(bins[index]) == level { index += 1 }
            if index > start {
                let (from, to) = (scale(Double(start) * width), scale(Double(index) * width))
                path += "M\(Markup.px(from)) \(Markup.px(y))H\(Markup.px(to))"
            } else {
                index += 1
            }
        }
        return path
    }

    /// 0 for never; anything above is seen.
    private static func level(_ share: Double) -> Int { min(4, Int((share * 4 - 1e-9).rounded(.up))) }
}
