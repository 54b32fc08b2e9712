import EmberSystem
import Synchronization

/// Turns byte counts into `PullProgress` reports, at most five a second within a phase.
final class ProgressMeter: Sendable {
    private static let interval: Duration = .milliseconds(200)
    /// Long enough to smooth bursts, short enough to show a connection that got slower.
    private static let speedWindow: Duration = .seconds(5)

    private struct State {
        var phase = PullProgress.Phase.connecting
        var total: Int?
        var lastReport: TimeSource.Instant?
        var samples: [(time: TimeSource.Instant, bytes: Int)] = []
    }

    private let state = Mutex(State())
    private let clock: TimeSource
    private let report: @Sendable (PullProgress) -> Void

    init(_ clock: TimeSource, report: @escaping @Sendable (PullProgress) -> Void) {
        (self.clock, self.report) = (clock, report)
    }

    /// Starts a phase, which is reported at once.
    func enter(_ phase: PullProgress.Phase, bytesDone: Int = 0, total: Int? = nil) {
        let time = clock.now
        state.withLock {
            $0 = State(phase: phase, total: total, lastReport: time, samples: [(time, bytesDone)])
        }
        report(PullProgress(phase: phase, bytesDone: bytesDone, totalBytes: total))
    }

    /// Reports the bytes done so far, unless the last report is too fresh and there is more to come.
    func advance(to bytesDone: Int) {
        let time = clock.now
        let progress = state.withLock { state -> PullProgress? in
            let isFresh = state.lastReport.map { time - $0 < Self.interval } ?? false
            guard !isFresh || bytesDone == state.total else { return nil }
            state.lastReport = time
            state.samples.removeAll { time - $0.time > Self.speedWindow }
            state.samples.append((time, bytesDone))
            return PullProgress(
                phase: state.phase, bytesDone: bytesDone, totalBytes: state.total,
                bytesPerSecond: Self.speed(state.samples))
        }
        if let progress { report(progress) }
    }

    private static func speed(_ samples: [(time: TimeSource.Instant, bytes: Int)]) -> Double? {
        guard let first = samples.first, let last = samples.last, last.time > first.time else { return nil }
        return Double(last.bytes - first.bytes) / ((last.time - first.time) / .seconds(1))
    }
}
