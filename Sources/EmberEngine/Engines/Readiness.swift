/// Waits until an engine that was just started is ready, or surely will not be.
struct Readiness: Sendable {
    private static let firstPause = Duration.milliseconds(5)
    private static let longestPause = Duration.milliseconds(200)
    /// So little that a start is noticed late by a twentieth of its time at most, once pauses have grown.
    private static let pauseGrowth = 1.05
    private static let probeTimeoutSeconds: Double = 2

    let child: ChildProcess
    let probe: HealthProbe
    let timeoutSeconds: Double

    /// Returns once the engine answers 200.
    func wait() async throws(EngineError.Problem) {
        let problem = await withTaskGroup(of: EngineError.Problem?.self) { group in
            group.addTask { await poll() }
            group.addTask { await child.exitUnlessCancelled().map { .endedWhileStarting($0) } ?? .cancelled }
            let first = await group.next() ?? .cancelled
            group.cancelAll()
            return first
        }
        // On a TCP port another program may have answered in the place of an engine that could not bind.
        if let reason = child.exitIfEnded { throw .endedWhileStarting(reason) }
        if let problem { throw problem }
    }

    /// Probes with growing pauses: the fastest engines start in a tenth of a second, the slowest in minutes.
    private func poll() async -> EngineError.Problem? {
        let deadline = ContinuousClock.now.advanced(by: .seconds(timeoutSeconds))
        var pause = Self.firstPause
        var lastAnswer = "none"
        while !Task.isCancelled {
            switch await probe.ask(timeoutSeconds: min(Self.probeTimeoutSeconds, timeoutSeconds)) {
            case .healthy: return nil
            case .notHTTP(let what): return .notHTTP(what)
            case .unhealthy(let answer): lastAnswer = answer
            }
            guard ContinuousClock.now < deadline else {
                return .notReadyInTime(seconds: timeoutSeconds, lastAnswer: lastAnswer)
            }
            try? await Task.sleep(for: pause)
            pause = min(pause * Self.pauseGrowth, Self.longestPause)
        }
        return .cancelled
    }
}
