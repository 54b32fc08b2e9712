/// The system cost over the values of one varied key, a line a policy; over other varied keys it is the mean.
struct SweepPlot {
    let results: Results
    let variation: Int

    private var header: ExperimentHeader { results.header }
    private var varied: Variation { header.variations[variation] }

    var sentence: String {
        let others = header.points / varied.values.count
        let mean = others > 1 ? ", the mean over the \(others) combinations of the other keys" : ""
        let interval = header.seeds.count > 1 ? " Whiskers are 95 % confidence intervals over the seeds." : ""
        return "Cost per slot\(mean).\(interval) Point at a name or a line to see it alone."
    }

    var figure: String {
        let lines = header.policies.indices.map { policy in varied.values.indices.map { point(policy, $0) } }
        return LinePlot(
            title: "System cost by \(varied.key), a line for each policy", axis: varied.key,
            policies: header.policies, lines: lines, labels: zip(positions, varied.values).map { ($0, $1) }
        ).figure
    }

    /// Seeds are averaged over the other keys first, so that the interval is one over seeds.
    private func point(_ policy: Int, _ value: Int) -> LinePlot.Point {
        let rows = results.comparisons.indices
            .filter { header.grid.indices(of: $0)[variation] == value }
            .map { results.comparisons[$0].rows[policy] }
        let costs = header.seeds.indices.map { seed in
            rows.reduce(0) { $0 + $1.runs[seed][.systemCost] } / Double(rows.count)
        }
        let mean = costs.reduce(0, +) / Double(costs.count)
        let squares = costs.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        let deviation = costs.count > 1 ? (squares / Double(costs.count - 1)).squareRoot() : 0
        let interval = ConfidenceInterval.halfWidth(deviation: deviation, count: costs.count)
        let figure = Measure.systemCost.text(mean) + (interval.map { " ± \(Measure.systemCost.text($0))" } ?? "")
        return LinePlot.Point(
            x: positions[value], y: mean, interval: interval,
            title: "\(header.policies[policy]), \(varied.setting(value)): \(figure)")
    }

    /// Numbers of one unit where they stand on their axis, other values side by side.
    private var positions: [Double] {
        let numbers = varied.values.map { value -> (Double, Substring)? in
            let unit = value.suffix(while: \.isLetter)
            return Double(value.dropLast(unit.count)).map { ($0, unit) }
        }
        let known = numbers.compactMap { $0 }
        guard known.count == numbers.count, Set(known.map(\.1)).count == 1, known.allSatisfy(\.0.isFinite) else {
            return varied.values.indices.map(Double.init)
        }
        return known.map(\.0)
    }
}

extension String {
    fileprivate func suffix(while holds: (Character) -> Bool) -> Substring {
        self[(lastIndex { !holds($0) }.map(index(after:)) ?? startIndex)...]
    }
}
