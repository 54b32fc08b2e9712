/// The runs of several policies on the same seeds, summed up.
public struct Comparison: Sendable {
    public let scenario: String
    public let seeds: Int
    public let rows: [ComparisonRow]
    public let published: [PublishedRow]
    /// What is told of each run, in this order.
    public let measures: [Measure]

    /// Runs every policy on every seed, each run a task of its own, at most `jobs` at a time.
    ///
    /// The result does not depend on `jobs`. `progress` is told of each run that has ended, one after the other.
    public static func run(
        _ scenario: Scenario, policies: [SimulatedPolicy], seeds: [UInt64], jobs: Int,
        progress: (_ done: Int, _ all: Int) -> Void = { _, _ in }
    ) async -> Comparison {
        let count = policies.count * seeds.count
        var outcomes = [Outcome?](repeating: nil, count: count)
        await withTaskGroup(of: (Int, Outcome).self) { group in
            var next = 0
            func start() {
                guard next < count else { return }
                let (index, policy, seed) = (next, policies[next / seeds.count], seeds[next % seeds.count])
                group.addTask { (index, policy.run(scenario, seed: seed)) }
                next += 1
            }
            for _ in 0..<max(1, jobs) { start() }
            var done = 0
            while let (index, outcome) = await group.next() {
                outcomes[index] = outcome
                done += 1
                progress(done, count)
                start()
            }
        }
        let rows = policies.enumerated().map { index, policy in
            let runs = outcomes[(index * seeds.count)..<((index + 1) * seeds.count)].compactMap { $0 }
            return ComparisonRow(policy: policy.name, runs: runs)
        }
        return Comparison(
            scenario: scenario.name, seeds: seeds.count, rows: rows, published: scenario.published,
            measures: scenario.events == nil ? Measure.ofSlots : Measure.allCases)
    }

    /// The policies whose mean is the best; none where neither low nor high is better.
    func best(_ measure: Measure) -> Set<String> {
        guard measure.isBetterLow == true, let lowest = rows.map({ $0.mean(measure) }).min() else { return [] }
        return Set(rows.filter { $0.mean(measure) == lowest }.map(\.policy))
    }
}

/// One policy's runs.
public struct ComparisonRow: Sendable, Equatable {
    public let policy: String
    let runs: [Outcome]

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
