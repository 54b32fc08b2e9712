import EmberSystem

/// Waits until an engine that was just started is ready, or surely will not be.
struct Readiness: Sendable {
    private static let firstPause = Duration.milliseconds(5)
    private static let longestPause = Duration.milliseconds(200)
    /// So little that a start is noticed late by a twentieth of its time at most, once pauses have grown.
    private static let pauseGrowth = 1.05
    /// How long the first probe waits before another is sent beside it; the next ones wait twice as long each. An
    /// engine may be slow to answer, or have lost what came before it was ready.
    private static let firstPatience = Duration.seconds(2)
    /// How long the last probe may go on after the deadline.
    private static let leastProbeSeconds = 2.0
    private static let lookInterval = Duration.milliseconds(250)

    let child: any ChildProcess
    let probe: HealthProbe
    let timeoutSeconds: Double
    let time: TimeSource

    private typealias Outcome = Result<Duration, EngineError.Problem>

    private enum News: Sendable {
        case answer(HealthProbe.Answer, to: Int, after: Duration)
        case pauseIsOver
        case look
    }

    /// Returns once the engine answers 200, with how long it took for that answer.
    func wait() async throws(EngineError.Problem) -> Duration {
        let outcome = await withTaskGroup(of: Outcome.self) { group in
            group.addTask { await poll() }
            group.addTask {
                await child.exitUnlessCancelled().map { .failure(.endedWhileStarting($0)) } ?? .failure(.cancelled)
            }
            let first = await group.next() ?? .failure(.cancelled)
            group.cancelAll()
            return first
        }
        // On a TCP port another program may have answered in the place of an engine that could not bind.
        if let reason = child.exitIfEnded { throw .endedWhileStarting(reason) }
        return try outcome.get()
    }

    /// Probes with growing pauses, each for as long as there is time: the fastest engines start in a tenth of a second,
    /// the slowest in minutes.
    private func poll() async -> Outcome {
        let deadline = time.now.advanced(by: .seconds(timeoutSeconds))
        return await withTaskGroup(of: News.self) { group in
            defer { group.cancelAll() }
            var (pause, patience, lastAnswer) = (Self.firstPause, Self.firstPatience, "none")
            var (newest, asked, isAnswered) = (0, time.now, false)
            ask(newest, until: deadline, &group)
            group.addTask { await sleep(Self.lookInterval, then: .look) }
            while !Task.isCancelled, let news = await group.next() {
                var asksAgain = false
                switch news {
                case .answer(.healthy, _, let duration): return .success(duration)
                case .answer(.notHTTP(let what), _, _): return .failure(.notHTTP(what))
                case .answer(.unhealthy(let answer), to: newest, _):
                    (lastAnswer, isAnswered) = (answer, true)
                    group.addTask { [pause] in await sleep(pause, then: .pauseIsOver) }
                    pause = min(pause * Self.pauseGrowth, Self.longestPause)
                case .answer: break
                case .pauseIsOver: asksAgain = true
                case .look:
                    group.addTask { await sleep(Self.lookInterval, then: .look) }
                    asksAgain = !isAnswered && time.now - asked > patience
                    if asksAgain { patience *= 2 }
                }
                // The last probe has its answer, or its time.
                if isAnswered, time.now >= deadline {
                    return .failure(.notReadyInTime(seconds: timeoutSeconds, lastAnswer: lastAnswer))
                }
                guard asksAgain, time.now < deadline else { continue }
                newest += 1
                (asked, isAnswered) = (time.now, false)
                ask(newest, until: deadline, &group)
            }
            return .failure(.cancelled)
        }
    }

    private func ask(_ number: Int, until deadline: TimeSource.Instant, _ group: inout TaskGroup<News>) {
        let leastSeconds = min(Self.leastProbeSeconds, timeoutSeconds)
        group.addTask { [probe, time] in
            let began = time.now
            let answer = await probe.ask(timeoutSeconds: max(leastSeconds, (deadline - began) / .seconds(1)))
            return .answer(answer, to: number, after: time.now - began)
        }
    }

    private func sleep(_ duration: Duration, then news: News) async -> News {
        try? await time.sleep(for: duration)
        return news
    }
}
