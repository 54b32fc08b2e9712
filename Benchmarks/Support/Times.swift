import Foundation

/// The seconds that the repetitions of something took.
public struct Times {
    private var seconds: [Double] = []

    public init() {}

    public mutating func measure(_ work: () async throws -> Void) async rethrows {
        let began = ContinuousClock.now
        try await work()
        seconds.append(began.duration(to: .now) / .seconds(1))
    }

    public mutating func add(_ seconds: Double) { self.seconds.append(seconds) }

    public func quantile(_ share: Double) -> Double {
        let sorted = seconds.sorted()
        return sorted[min(sorted.count - 1, Int(share * Double(sorted.count)))]
    }

    public var median: Double { quantile(0.5) }

    /// "median / 99th percentile", in milliseconds.
    public var text: String { "\(milliseconds(median)) / \(milliseconds(quantile(0.99)))" }
}

public func milliseconds(_ seconds: Double) -> String { fixed(seconds * 1000, seconds < 0.01 ? 2 : 0) }
