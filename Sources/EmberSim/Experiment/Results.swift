/// An experiment's figures, complete.
public struct Results: Sendable {
    let header: ExperimentHeader
    /// By point.
    let comparisons: [Comparison]
    /// By policy, of the first point: the mean over the seeds of what was recorded, and the first seed's residency.
    let recordings: [Recording]

    /// - Parameter runs: all of them, in the order of `ExperimentHeader.runs`.
    init(header: ExperimentHeader, runs: [Run]) {
        self.header = header
        let policies = header.policies.count
        func overSeeds(_ point: Int, _ policy: Int) -> [Run] {
            header.seeds.indices.map { seed in runs[(point * header.seeds.count + seed) * policies + policy] }
        }
        comparisons = (0..<header.points).map { point in
            Comparison(
                scenario: header.scenario.name, seeds: header.seeds.count,
                rows: header.policies.indices.map { policy in
                    ComparisonRow(policy: header.policies[policy], runs: overSeeds(point, policy).map(\.outcome))
                },
                published: header.scenario.published)
        }
        recordings =
            header.isRecorded
            ? header.policies.indices.compactMap { Recording(meanOf: overSeeds(0, $0).compactMap(\.recording)) } : []
    }

    private init(header: ExperimentHeader, comparisons: [Comparison], recordings: [Recording]) {
        self.header = header
        self.comparisons = comparisons
        self.recordings = recordings
    }

    /// The results of a comparison with offline rows and ratios (`Comparison.bounded`).
    public func bounded(by bounds: [OfflineBound]) -> Results {
        Results(header: header, comparisons: [comparison.bounded(by: bounds)], recordings: recordings)
    }

    public var isSweep: Bool { header.isSweep }

    /// The comparison, where it is no sweep.
    public var comparison: Comparison { comparisons[0] }
}

extension Recording {
    fileprivate init?(meanOf recordings: [Recording]) {
        guard let first = recordings.first else { return nil }
        let costs = first.costs.indices.map { bin in
            recordings.reduce(0) { $0 + $1.costs[bin] } / Double(recordings.count)
        }
        self.init(costs: costs, residency: first.residency)
    }
}
