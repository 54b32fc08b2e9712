import EmberCore
import EmberDocument
import Foundation

/// Fits the parameters of a policy, or the keys of a scenario, by running them.
public struct Fit: Sendable {
    /// What is made as small as can be.
    public enum Objective: Sendable {
        /// The mean, over scenarios and seeds, of the policy's cost over the reference's; ranges are of its parameters.
        case policy(String, reference: SimulatedPolicy)
        /// The mean square of the logarithms of our figures over the scenario's published ones; ranges are of its keys.
        case published
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
        let middle = ranges.map { $0.value(at: 0.5) }
        // Only to learn whether it can be read.
        let _: [Scenario] = try read(middle)
        switch objective {
        case .policy(let name, _):
            do throws(PolicyError) { _ = try SimulatedPolicy.parse(policyText(name, middle)) } catch {
                throw ScenarioError(Place(source: "ember fit"), "\(error)")
            }
        case .published:
            for name in scenarios where try ScenarioReader.read(name, traces: traces).published.isEmpty {
                throw ScenarioError(
                    Place(source: "ember fit"),
                    "scenario \(name) has no published figures to fit to; name a --policy to fit")
            }
        }
    }

    /// What was found.
    public struct Result: Sendable {
        /// As it was at the middle of all ranges.
        public let before: Double
        public let after: Double
        /// The keys or parameters with their values, as flags and policies take them.
        public let values: [String]
        /// The policy's text, where one was fitted.
        public let policy: String?
    }

    /// O(trials x scenarios x seeds) runs; the same seed gives the same result, on any number of cores.
    public func run(
        trials: Int, seed: UInt64, jobs: Int, progress: (_ done: Int, _ all: Int) -> Void
    ) async -> Result {
        let middle = ranges.map { $0.value(at: 0.5) }
        let before = figure(middle)
        let found = await FitSearch(ranges: ranges, trials: trials, seed: seed, jobs: jobs)
            .run(progress: progress) { values in figure(values) }
        let values = zip(ranges, found.shares).map { $0.value(at: $1) }
        var policy: String?
        if case .policy(let name, _) = objective { policy = policyText(name, values) }
        return Result(
            before: before, after: found.figure, values: zip(ranges, values).map { "\($0.key)=\($0.text($1))" },
            policy: policy)
    }

    private func policyText(_ name: String, _ values: [Double]) -> String {
        zip(ranges, values).reduce(name) { "\($0):\($1.0.key)=\($1.1)" }
    }

    private func read(_ values: [Double]) throws(ScenarioError) -> [Scenario] {
        var settings = settings
        if case .published = objective {
            settings += zip(ranges, values).map { Setting(key: $0.key, value: $0.text($1), flag: FitRange.flag) }
        }
        var read: [Scenario] = []
        for name in scenarios { read.append(try ScenarioReader.read(name, settings: settings, traces: traces)) }
        return read
    }

    /// Infinite where a value is not allowed.
    private func figure(_ values: [Double]) -> Double {
        guard let scenarios = try? read(values) else { return .infinity }
        switch objective {
        case .policy(let name, let reference):
            guard let policy = try? SimulatedPolicy.parse(policyText(name, values)) else { return .infinity }
            let ratios = scenarios.flatMap { scenario in
                seeds.map { seed in
                    policy.run(scenario, seed: seed)[.systemCost] / reference.run(scenario, seed: seed)[.systemCost]
                }
            }
            return ratios.reduce(0, +) / Double(ratios.count)
        case .published: return error(of: scenarios)
        }
    }

    private func error(of scenarios: [Scenario]) -> Double {
        var (sum, count) = (0.0, 0.0)
        for (name, scenario) in zip(self.scenarios, scenarios) {
            // Settings take away what was published, of the scenario as it stands.
            for row in (try? ScenarioReader.read(name, traces: traces))?.published ?? [] {
                guard let policy = SimulatedPolicy.named(row.policy) else { continue }
                let outcomes = seeds.map { policy.run(scenario, seed: $0) }
                for (measure, figure) in row.figures.sorted(by: { $0.key.rawValue < $1.key.rawValue }) where figure > 0
                {
                    let mean = outcomes.reduce(0) { $0 + $1[measure] } / Double(outcomes.count)
                    let difference = log(max(mean, figure / 1000) / figure)
                    sum += difference * difference
                    count += 1
                }
            }
        }
        return count > 0 ? sum / count : .infinity
    }
}
