/// Decides whether and when a failed download is tried again.
struct RetryBudget: Sendable {
    /// Progress that makes up for earlier failures; it bounds the attempts by the size of the file.
    private static let progressBytes = 1_048_576

    let attempts: Int
    let firstWait: Duration
    let longestWait: Duration
    /// Failures in a row.
    private(set) var failures = 0
    private var highWater = 0

    init(settings: PullSettings) {
        attempts = settings.attempts
        firstWait = settings.firstWait
        longestWait = settings.longestWait
    }

    /// Counts a failure after which `kept` bytes are there.
    ///
    /// - Returns: how long to wait before the next attempt, or nil when it is time to give up.
    mutating func wait(after failure: TransientFailure, kept: Int) -> Duration? {
        if kept >= highWater + Self.progressBytes {
            failures = 0
            highWater = kept
        }
        failures += 1
        guard failures < attempts else { return nil }
        if let asked = failure.wait { return asked <= longestWait ? asked : nil }
        // The exponent is bounded so that the product cannot overflow.
        return min(firstWait * (1 << min(failures - 1, 20)), longestWait)
    }
}
