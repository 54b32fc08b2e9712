import BenchmarkSupport
import EmberCore

/// How long decisions take after `requests` requests, with models that 100 services share.
struct DecisionTimes: Encodable {
    let policy: String
    /// With what `ember serve` sets: costs are weighed, the hopeless refused, loads begun ahead, decisions recorded.
    let asServed: Bool
    let models: Int
    let history: Int
    let decisions: Int
    let p50Microseconds: Double
    let p99Microseconds: Double
    let worstMicroseconds: Double

    static let header = """
        | policy | settings | models | history | decisions | p50, us | p99, us | worst, us |
        |---|---|---:|---:|---:|---:|---:|---:|
        """

    var markdown: String {
        "| \(policy) | \(asServed ? "as served" : "plain") | \(models) | \(history) | \(decisions) | \(fixed(p50Microseconds, 2)) | "
            + "\(fixed(p99Microseconds, 2)) | \(fixed(worstMicroseconds, 2)) |"
    }

    private static let policies = ["least-context-gated", "regret-forecast"]
    private static let sizes = [10, 100, 1000]

    /// In each round every policy decides with every number of models, one right after the other, so that a machine
    /// that is faster at one time than at another bends no growth; figures are medians of the rounds.
    static func measure(isQuick: Bool) -> [DecisionTimes] {
        let plain = sizes.map { Stream(models: $0, services: 100, length: isQuick ? 1 << 12 : 1 << 20) }
        var runs = policies.flatMap { policy in
            [false, true].flatMap { asServed in
                plain.map { Run(policy: policy, asServed: asServed, $0) }
            }
        }
        let (rounds, decisions) = isQuick ? (1, 500) : (9, 50_000)
        return (isQuick ? [100] : [100_000, 2_000_000]).flatMap { history in
            for run in runs.indices { _ = runs[run].drive.run(history) }
            var times = [[Quantiles]](repeating: [], count: runs.count)
            for _ in 0..<rounds {
                for run in runs.indices { times[run].append(Quantiles(runs[run].drive.decisionTimes(decisions))) }
            }
            return runs.indices.map { run in
                DecisionTimes(runs[run], history, rounds * decisions, times[run])
            }
        }
    }

    private init(_ run: Run, _ history: Int, _ decisions: Int, _ rounds: [Quantiles]) {
        policy = run.policy
        asServed = run.asServed
        models = run.models
        self.history = history
        self.decisions = decisions
        p50Microseconds = median(rounds.map(\.median)) * 1e6
        p99Microseconds = median(rounds.map(\.percentile99)) * 1e6
        worstMicroseconds = (rounds.map(\.worst).max() ?? 0) * 1e6
    }
}

/// One line of the table, in the making.
private struct Run {
    let policy: String
    let asServed: Bool
    let models: Int
    var drive: any PlannerDrive

    init(policy: String, asServed: Bool, _ stream: Stream) {
        var stream = stream
        if asServed {
            stream.settings.weights = CostWeights()
            stream.settings.refusesHopeless = true
            stream.settings.prefetchSeconds = 5
            stream.settings.recordsDecisions = true
        }
        self.policy = policy
        self.asServed = asServed
        models = stream.catalogue.models.count
        drive = planner_bench.drive(entry(policy), stream)
    }
}

/// Of the times of one round, in seconds.
private struct Quantiles {
    let median: Double
    let percentile99: Double
    let worst: Double

    init(_ times: [Double]) {
        let sorted = times.sorted()
        func quantile(_ share: Double) -> Double { sorted[min(sorted.count - 1, Int(share * Double(sorted.count)))] }
        (median, percentile99, worst) = (quantile(0.5), quantile(0.99), quantile(1))
    }
}
