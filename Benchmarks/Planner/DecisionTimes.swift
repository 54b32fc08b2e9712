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

    static func measure(isQuick: Bool) -> [DecisionTimes] {
        ["least-context-gated", "regret-forecast"].flatMap { policy in
            [10, 100, 1000].flatMap { models in
                let stream = Stream(models: models, services: 100, length: isQuick ? 1 << 12 : 1 << 20)
                var drive = drive(entry(policy), stream)
                return (isQuick ? [100] : [100_000, 2_000_000]).map { history in
                    _ = drive.run(history)
                    let times = drive.decisionTimes(isQuick ? 500 : 200_000).sorted()
                    return DecisionTimes(policy, models, history, times)
                }
            }
        }
    }

    /// - Parameter times: in seconds, in rising order.
    private init(_ policy: String, _ models: Int, _ history: Int, _ times: [Double]) {
        func quantile(_ share: Double) -> Double { times[min(times.count - 1, Int(share * Double(times.count)))] * 1e6 }
        self.policy = policy
        self.models = models
        self.history = history
        decisions = times.count
        (p50Microseconds, p99Microseconds, worstMicroseconds) = (quantile(0.5), quantile(0.99), quantile(1))
    }
}
