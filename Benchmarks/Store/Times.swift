import BenchmarkSupport
import Foundation

/// The seconds that the repetitions of something took.
struct Times {
    private var seconds: [Double] = []

    mutating func measure(_ work: () async throws -> Void) async rethrows {
        let began = ContinuousClock.now
        try await work()
        seconds.append(began.duration(to: .now) / .seconds(1))
    }

    func quantile(_ share: Double) -> Double {
        let sorted = seconds.sorted()
        return sorted[min(sorted.count - 1, Int(share * Double(sorted.count)))]
    }

    var median: Double { quantile(0.5) }

    /// "median / 99th percentile", in milliseconds.
    var text: String { "\(milliseconds(median)) / \(milliseconds(quantile(0.99)))" }
}

func milliseconds(_ seconds: Double) -> String { fixed(seconds * 1000, seconds < 0.01 ? 2 : 0) }
