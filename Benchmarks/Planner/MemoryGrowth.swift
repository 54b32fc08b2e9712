import BenchmarkSupport
import Foundation

/// The most memory that the process has had, after a number of requests.
struct MemoryGrowth: Encodable {
    let requests: Int
    let peakMebibytes: Double

    static let header = "| requests so far | peak memory of the process, MiB |\n|---:|---:|"

    var markdown: String { "| \(requests) | \(fixed(peakMebibytes, 1)) |" }

    static func measure(isQuick: Bool) -> [MemoryGrowth] {
        var drive = drive(entry("regret-forecast"), Stream(models: 64, length: isQuick ? 1 << 12 : 1 << 20))
        var done = 0
        return (isQuick ? [1000, 2000] : [100_000, 1_000_000, 10_000_000]).map { requests in
            _ = drive.run(requests - done)
            done = requests
            return MemoryGrowth(requests: requests, peakMebibytes: BenchmarkSupport.peakMebibytes())
        }
    }
}
