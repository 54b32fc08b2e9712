import BenchmarkSupport

/// Time a request, by policy and number of pairs, beside the bare scan's.
struct Throughput: Encodable {
    struct Row: Encodable {
        let policy: String
        let pairs: Int
        let nanoseconds: Double
        let toTheScan: Double
        let hitRatio: Double
        let loadsPerThousand: Double

        static let header = """
            | policy | pairs | ns a request | million requests/s | to the scan | hit ratio | loads per 1,000 |
            |---|---:|---:|---:|---:|---:|---:|
            """

        var markdown: String {
            "| \(policy) | \(pairs) | \(fixed(nanoseconds, 0)) | \(fixed(1000 / nanoseconds, 1)) | "
                + "\(fixed(toTheScan, 2))x | \(fixed(100 * hitRatio, 1)) % | \(fixed(loadsPerThousand, 2)) |"
        }
    }

    let scanNanoseconds: Double
    let rows: [Row]

    private static let policies = ["least-context-gated", "least-context", "regret-forecast", "lru"]
    private static let sizes = [16, 64, 256, 1024, 4096]

    /// A round measures the bare scan and every planner, one right after the other; figures are medians of the rounds.
    init(isQuick: Bool) {
        var scan = BareScan()
        var scans: [Double] = []
        var runs: [String: [Driven]] = [:]
        let streams = Self.sizes.map { Stream(models: $0, length: isQuick ? 1 << 12 : 1 << 20) }
        for _ in 0..<(isQuick ? 1 : 7) {
            scans.append(scan.nanoseconds(scans: isQuick ? 1000 : 1_000_000))
            for (size, stream) in zip(Self.sizes, streams) {
                for policy in Self.policies {
                    var drive = drive(entry(policy), stream)
                    // Forty minutes, so that rates and contexts are those of a server that has run for a while.
                    _ = drive.run(isQuick ? size : 240 * size)
                    runs["\(policy) \(size)", default: []].append(drive.run(isQuick ? 2000 : 400_000))
                }
            }
        }
        let bare = median(scans)
        scanNanoseconds = bare
        rows = Self.policies.flatMap { policy in
            Self.sizes.map { Self.row(policy, $0, runs["\(policy) \($0)"] ?? [], bare) }
        }
    }

    private static func row(_ policy: String, _ pairs: Int, _ runs: [Driven], _ bare: Double) -> Row {
        let time = median(runs.map(\.nanoseconds))
        return Row(
            policy: policy, pairs: pairs, nanoseconds: time, toTheScan: time / bare, hitRatio: runs[0].hitRatio,
            loadsPerThousand: Double(runs[0].loads) * 1000 / Double(runs[0].requests))
    }
}
