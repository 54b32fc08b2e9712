import Foundation

/// Maps figures to pixels, with ticks at round figures.
struct Scale {
    let domain: ClosedRange<Double>
    /// Pixels of the domain's ends; the first may be the larger one.
    let start: Double
    let end: Double

    init(_ domain: ClosedRange<Double>, from start: Double, to end: Double) {
        self.domain = domain.lowerBound < domain.upperBound ? domain : domain.lowerBound...(domain.lowerBound + 1)
        self.start = start
        self.end = end
    }

    /// From 0 to a little above the largest figure.
    init(upTo largest: Double, from start: Double, to end: Double) {
        self.init(0...max(0, largest) * 1.04, from: start, to: end)
    }

    func callAsFunction(_ value: Double) -> Double {
        let share = (value - domain.lowerBound) / (domain.upperBound - domain.lowerBound)
        return start + share * (end - start)
    }

    /// About so many figures at steps of 1, 2 or 5 times a power of ten.
    func ticks(_ count: Int = 6) -> [Double] {
        let rough = (domain.upperBound - domain.lowerBound) / Double(count)
        let power = pow(10, floor(log10(rough)))
        let step = power * ([1, 2, 5].first { $0 * power >= rough } ?? 10)
        let first = Int((domain.lowerBound / step).rounded(.up))
        let last = Int((domain.upperBound / step).rounded(.down))
        return first <= last ? (first...last).map { Double($0) * step } : []
    }

    /// A tick's label, without the noise of binary fractions.
    static func label(_ tick: Double) -> String { String(format: "%g", tick) }

    /// Vertical lines at the ticks of a horizontal scale, labelled below.
    func verticalGrid(top: Double, bottom: Double, label: (Double) -> String = Scale.label) -> String {
        ticks().map { tick in
            Markup.line(self(tick), top, self(tick), bottom, "grid")
                + Markup.text(label(tick), x: self(tick), y: bottom + 16, "tick middle")
        }.joined()
    }

    /// Horizontal lines at the ticks of a vertical scale, labelled to the left.
    func horizontalGrid(left: Double, right: Double) -> String {
        ticks(5).map { tick in
            Markup.line(left, self(tick), right, self(tick), "grid")
                + Markup.text(Self.label(tick), x: left - 8, y: self(tick) + 4, "tick end")
        }.joined()
    }
}
