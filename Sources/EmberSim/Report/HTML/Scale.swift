import Foundation

/// Maps figures to pixels, with ticks at round figures.
struct Scale {
    let domain: ClosedRange<Double>
    /// Pixels of the domain's ends; the first may be the larger one.
    let start: Double
    let end: Double
    private var isLogarithmic = false

    init(_ domain: ClosedRange<Double>, from start: Double, to end: Double) {
        let low = domain.lowerBound
        self.domain = low < domain.upperBound ? domain : low...(low + max(1, abs(low)))
        self.start = start
        self.end = end
    }

    /// From 0 to a little above the largest figure.
    init(upTo largest: Double, from start: Double, to end: Double) {
        self.init(0...max(0, largest) * 1.04, from: start, to: end)
    }

    /// Equal ratios look equal; what is less than a thousandth of the largest figure lies at the bottom. One figure at
    /// least is positive.
    init(logarithmic values: [Double], from start: Double, to end: Double) {
        let largest = values.max() ?? 1
        let least = values.filter { $0 > largest / 1000 }.min() ?? largest
        self.init(least / 1.15...largest * 1.15, from: start, to: end)
        isLogarithmic = true
    }

    func callAsFunction(_ value: Double) -> Double {
        let (low, high) = (domain.lowerBound, domain.upperBound)
        let share =
            isLogarithmic ? log(max(value, low) / low) / log(high / low) : (value - low) / (high - low)
        return start + share * (end - start)
    }

    /// About `count` figures at steps of 1, 2 or 5 times a power of ten; logarithmic: those steps themselves.
    func ticks(_ count: Int = 6) -> [Double] {
        guard !isLogarithmic else {
            let powers = Int(floor(log10(domain.lowerBound)))...Int(ceil(log10(domain.upperBound)))
            return powers.flatMap { power in [1, 2, 5].map { $0 * pow(10, Double(power)) } }.filter(domain.contains)
        }
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
