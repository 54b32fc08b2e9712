import EmberSystem

/// When a running engine counts as hung: after several health probes in a row without the answer 200.
public struct Watchdog: Sendable, Equatable {
    public var intervalSeconds: Double
    /// How long one probe waits for its answer.
    public var timeoutSeconds: Double
    public var failuresInARow: Int

    public init(intervalSeconds: Double, timeoutSeconds: Double, failuresInARow: Int) {
        self.intervalSeconds = intervalSeconds
        self.timeoutSeconds = timeoutSeconds
        self.failuresInARow = failuresInARow
    }

    /// For llama-server, which answers a probe at once also while it decodes.
    public static let strict = Watchdog(intervalSeconds: 5, timeoutSeconds: 2, failuresInARow: 3)
    /// For any other program: a worker of one thread answers no probe before its present request is done.
    public static let patient = Watchdog(intervalSeconds: 5, timeoutSeconds: 10, failuresInARow: 20)

    /// The same, for an engine whose health path took `answerTime` to answer when it became ready: an answer as slow as
    /// that is no hang later either.
    func allowing(_ answerTime: Duration) -> Watchdog {
        var watchdog = self
        watchdog.timeoutSeconds = max(timeoutSeconds, 3 * (answerTime / .seconds(1)))
        return watchdog
    }

    /// Returns true once the engine counts as hung, or false once the task is cancelled.
    func findsHang(with probe: HealthProbe, _ time: TimeSource) async -> Bool {
        var failures = 0
        while failures < failuresInARow {
            do {
                try await time.sleep(for: .seconds(intervalSeconds))
            } catch {
                return false
            }
            failures = await probe.ask(timeoutSeconds: timeoutSeconds) == .healthy ? 0 : failures + 1
        }
        return !Task.isCancelled
    }
}
