/// The runs of several policies on the same seeds, summed up.
public struct Comparison: Sendable {
    public let scenario: String
    public let seeds: Int
    public let rows: [ComparisonRow]
    public let published: [PublishedRow]

    /// Runs every policy on every seed, each run a task of its own, at most `jobs` at a time.
    ///
    /// The result does not depend on `jobs`. `progress` is called after each run, one at a time.
    public static func run(
        _ scenario: Scenario, policies: [SimulatedPolicy], seeds: [UInt64], jobs: Int,
        progress: (_ done: Int, _ all: Int) -> Void = { _, _ in }
    ) async -> Comparison {
        await Experiment(scenario, policies: policies, seeds: seeds).run(jobs: jobs, progress: progress).comparison
    }

    /// The measures that a row has, in the order of reports.
    var measures: [Measure] {
        Measure.allCases.filter { measure in rows.contains { $0.has(measure) } }
    }

    /// The policies whose mean is the best; none where neither low nor high is better. Offline rows are out of contest.
    func best(_ measure: Measure) -> Set<String> {
        let contest = rows.filter { !$0.isOffline && $0.has(measure) }
        guard measure.isBetterLow == true, let lowest = contest.map({ $0.mean(measure) }).min() else { return [] }
        return Set(contest.filter { $0.mean(measure) == lowest }.map(\.policy))
    }
}

/// One policy's runs.
public struct ComparisonRow: Sendable, Equatable {
    public let policy: String
    /// Whether it is one that knows all requests beforehand.
    var isOffline = false
    let runs: [RunOutcome]

    /// Whether every run has the measure; `mean` and `deviation` mean nothing where it has not.
    func has(_ measure: Measure) -> Bool { runs.allSatisfy { $0.has(measure) } }

    public func mean(_ measure: Measure) -> Double {
        runs.reduce(0) { $0 + $1[measure] } / Double(runs.count)
    }

    /// The standard deviation over the seeds, of the sample; 0 for a single seed.
    public func deviation(_ measure: Measure) -> Double {
        guard runs.count > 1 else { return 0 }
        let mean = mean(measure)
        let squares = runs.reduce(0) { $0 + ($1[measure] - mean) * ($1[measure] - mean) }
        return (squares / Double(runs.count - 1)).squareRoot()
    }
}
