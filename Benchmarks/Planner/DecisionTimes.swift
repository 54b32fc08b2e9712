import BenchmarkSupport

/// How long decisions take that are made after so many requests, with models that 100 services share.
struct DecisionTimes: Encodable {
    let policy: String
    let models: Int
    let history: Int
    let decisions: Int
    let p50Microseconds: Double
    let p99Microseconds: Double
    let worstMicroseconds: Double

    static let header = """
        | policy | models | history | decisions | p50, us | p99, us | worst, us |
        |---|---:|---:|---:|---:|---:|---:|
        """

    var markdown: String {
        "| \(policy) | \(models) | \(history) | \(decisions) | \(fixed(p50Microseconds, 2)) | "
            + "\(fixed(p99Microseconds, 2)) | \(fixed(worstMicroseconds, 2)) |"
    }

    private static let policies = ["least-context-gated", "regret-forecast"]
    private static let sizes = [10, 100, 1000]

    /// In each round every policy decides with every number of models, one right after the other, so that a machine that is
    /// faster at one time than at another bends no growth; figures are medians of the rounds.
    static func measure(isQuick: Bool) -> [DecisionTimes] {
        let streams = sizes.map { Stream(models: $0, services: 100, length: isQuick ? 1 << 12 : 1 << 20) }
        var runs = policies.flatMap { policy in streams.map { (policy: policy, drive: drive(entry(policy), $0)) } }
        let (rounds, decisions) = isQuick ? (1, 500) : (9, 50_000)
        return (isQuick ? [100] : [100_000, 2_000_000]).flatMap { history in
            for run in runs.indices { _ = runs[run].drive.run(history) }
            var times = [[Quantiles]](repeating: [], count: runs.count)
            for _ in 0..<rounds {
                for run in runs.indices { times[run].append(Quantiles(runs[run].drive.decisionTimes(decisions))) }
            }
            return runs.indices.map { run in
                DecisionTimes(runs[run].policy, sizes[run % sizes.count], history, rounds * decisions, times[run])
            }
        }
    }

    private init(_ policy: String, _ models: Int, _ history: Int, _ decisions: Int, _ rounds: [Quantiles]) {
        self.policy = policy
        self.models = models
        self.history = history
        self.decisions = decisions
        p50Microseconds = median(rounds.map(\.median)) * 1e6
        p99Microseconds = median(rounds.map(\.percentile99)) * 1e6
        worstMicroseconds = (rounds.map(\.worst).max() ?? 0) * 1e6
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
