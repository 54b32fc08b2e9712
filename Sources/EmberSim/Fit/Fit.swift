import EmberCore
import EmberDocument

/// Fits the parameters of a policy, or the keys of a scenario, by running them.
public struct Fit: Sendable {
    /// What is made as small as can be.
    public enum Objective: Sendable {
        /// The mean, over scenarios and seeds, of the policy's cost over the reference's; ranges are of its parameters.
        case policy(String, reference: SimulatedPolicy)
        /// What is published of the scenario; ranges are of its keys.
        case published(PublishedGoal)
    }

    private let scenarios: [String]
    private let objective: Objective
    private let settings: [Setting]
    private let ranges: [FitRange]
    private let seeds: [UInt64]
    private let traces: String?

    /// Checks everything at the middle of the ranges, so that every problem is reported before anything runs.
    public init(
        _ scenarios: [String], _ objective: Objective, settings: [Setting], ranges: [FitRange], seeds: [UInt64],
        traces: String?
    ) throws(ScenarioError) {
        (self.scenarios, self.objective, self.settings) = (scenarios, objective, settings)
        (self.ranges, self.seeds, self.traces) = (ranges, seeds, traces)
        let middle = texts(ranges.map { _ in 0.5 })
        // Only to learn whether it can be read.
        let _: [Scenario] = try read(middle)
        switch objective {
        case .policy(let name, _):
            do throws(PolicyError) { _ = try SimulatedPolicy.parse(policyText(name, middle)) } catch {
                throw ScenarioError(Place(source: "ember fit"), "\(error)")
            }
        case .published(let goal): try checkPublished(goal)
        }
    }

    private func checkPublished(_ goal: PublishedGoal) throws(ScenarioError) {
        let place = Place(source: "ember fit")
        for name in scenarios {
            let rows = try ScenarioReader.read(name, traces: traces).published
            if rows.isEmpty {
                throw ScenarioError(
                    place, "scenario \(name) has no published figures to fit to; name a --policy to fit")
            }
            for policy in goal.leftOut where !rows.contains(where: { $0.policy == policy }) {
                let known = rows.map(\.policy).joined(separator: ", ")
                throw ScenarioError(
                    place, "\(Quotation.of(policy)) has no published figures; leave out one of \(known)")
            }
        }
        for range in goal.plausible where !ranges.contains(where: { $0.key == range.key }) {
            throw ScenarioError(place, "\(range.key) is not varied; name it with \(FitRange.flag), too")
        }
    }

    /// What was found.
    public struct Result: Sendable {
        /// As it was at the middle of all ranges.
        public let before: Double
        public let after: Double
        /// Where along each range.
        public let shares: [Double]
        /// The keys or parameters with their values, as flags and policies take them.
        public let values: [String]
        /// The policy's text, where one was fitted.
        public let policy: String?
    }

    /// O(trials x scenarios x seeds) runs; the same seed gives the same result, on any number of cores.
    public func run(
        trials: Int, seed: UInt64, jobs: Int, progress: (_ done: Int, _ all: Int) -> Void
    ) async -> Result {
        let before = figure(ranges.map { _ in 0.5 })
        let found = await FitSearch(ranges: ranges, trials: trials, seed: seed, jobs: jobs)
            .run(progress: progress) { shares in figure(shares) }
        let values = texts(found.shares)
        var policy: String?
        if case .policy(let name, _) = objective { policy = policyText(name, values) }
        return Result(
            before: before, after: found.figure, shares: found.shares,
            values: zip(ranges, values).map { "\($0.key)=\($1)" }, policy: policy)
    }

    private func texts(_ shares: [Double]) -> [String] { zip(ranges, shares).map { $0.text(at: $1) } }

    private func policyText(_ name: String, _ values: [String]) -> String {
        zip(ranges, values).reduce(name) { "\($0):\($1.0.key)=\($1.1)" }
    }

    private func read(_ values: [String]) throws(ScenarioError) -> [Scenario] {
        var settings = settings
        if case .published = objective {
            settings += zip(ranges, values).map { Setting(key: $0.key, value: $1, flag: FitRange.flag) }
        }
        var read: [Scenario] = []
        for name in scenarios { read.append(try ScenarioReader.read(name, settings: settings, traces: traces)) }
        return read
    }

    /// Infinite where a value is not allowed.
    private func figure(_ shares: [Double]) -> Double {
        switch objective {
        case .policy(let name, let reference):
            let values = texts(shares)
            guard let scenarios = try? read(values),
                let policy = try? SimulatedPolicy.parse(policyText(name, values))
            else { return .infinity }
            let ratios = scenarios.flatMap { scenario in
                seeds.map { seed in
                    policy.run(scenario, seed: seed)[.systemCost] / reference.run(scenario, seed: seed)[.systemCost]
                }
            }
            return ratios.reduce(0, +) / Double(ratios.count)
        case .published: return score(shares, seeds: seeds)?.figure ?? .infinity
        }
    }
}

// What a place's figures are beside the published ones.
extension Fit {
    /// nil where a value is not allowed, or a policy is fitted. O(policies x seeds) runs a scenario.
    public func score(_ shares: [Double], seeds: [UInt64]) -> FitScore? {
        guard case .published(let goal) = objective, let rows = rows(shares, seeds: seeds) else { return nil }
        return FitScore(rows, goal, penalty: goal.penalty(ranges.map(\.key), texts(shares)))
    }

    /// The figures of all policies of which some were published; nil where a value is not allowed.
    public func rows(_ shares: [Double], seeds: [UInt64]) -> [FittedRow]? {
        guard let scenarios = try? read(texts(shares)) else { return nil }
        return zip(self.scenarios, scenarios).flatMap { name, scenario in
            // Settings take away what was published, of the scenario as it stands.
            ((try? ScenarioReader.read(name, traces: traces))?.published ?? []).compactMap { row in
                guard let policy = SimulatedPolicy.named(row.policy) else { return nil }
                let outcomes = seeds.map { policy.run(scenario, seed: $0) }
                let means = row.figures.map { measure, _ in
                    (measure, outcomes.reduce(0) { $0 + $1[measure] } / Double(outcomes.count))
                }
                return FittedRow(
                    policy: row.policy, published: row.figures, means: Dictionary(uniqueKeysWithValues: means))
            }
        }
    }

    /// Within which values one key alone may move, all others as they are, before the fit is lost: before the error is
    /// half as large again, or an order is lost that was not.
    public struct Slack: Sendable {
        public let key: String
        public let low: String
        public let high: String
    }

    /// O(steps x policies x seeds) runs a key.
    public func slack(of found: Result, jobs: Int, progress: (_ done: Int, _ all: Int) -> Void) async -> [Slack] {
        guard let best = score(found.shares, seeds: seeds) else { return [] }
        return await Workers.map(ranges.count, jobs: jobs, progress: progress) { index in
            func holds(_ share: Double) -> Bool {
                var shares = found.shares
                shares[index] = share
                guard let score = score(shares, seeds: seeds) else { return false }
                return score.error <= 1.5 * best.error && score.lostOrders.count <= best.lostOrders.count
            }
            let (range, share) = (ranges[index], found.shares[index])
            let steps = (1...Self.slackSteps).map { Double($0) / Double(Self.slackSteps) }
            let low = Self.furthest(steps.map { share * (1 - $0) }, from: share, holds)
            let high = Self.furthest(steps.map { share + (1 - share) * $0 }, from: share, holds)
            return Slack(key: range.key, low: range.text(at: low), high: range.text(at: high))
        }
    }

    private static func furthest(_ shares: [Double], from start: Double, _ holds: (Double) -> Bool) -> Double {
        var last = start
        for share in shares {
            guard holds(share) else { break }
            last = share
        }
        return last
    }

    private static let slackSteps = 20
}
