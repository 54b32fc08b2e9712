extension Comparison {
    /// The comparison with two rows more, `lower-bound` and `clairvoyant`, and with every row's ratio to the bound,
    /// seed by seed; without a ratio where a bound is 0.
    ///
    /// - Parameter bounds: of the seeds of the rows' runs, in that order.
    public func bounded(by bounds: [OfflineBound]) -> Comparison {
        let clairvoyant = ComparisonRow(policy: "clairvoyant", isOffline: true, runs: bounds.map(\.clairvoyant))
        let bound = ComparisonRow(
            policy: "lower-bound", isOffline: true, runs: bounds.map { RunOutcome(systemCost: $0.systemCost) })
        let rated = (rows + [clairvoyant]).map { row in
            ComparisonRow(
                policy: row.policy, isOffline: row.isOffline,
                runs: zip(row.runs, bounds).map { $0.rated(by: $1.systemCost) })
        }
        return Comparison(scenario: scenario, seeds: seeds, rows: rated + [bound], published: published)
    }
}

extension RunOutcome {
    fileprivate func rated(by bound: Double) -> RunOutcome {
        bound > 0 ? adding(.boundRatio, self[.systemCost] / bound) : self
    }
}
