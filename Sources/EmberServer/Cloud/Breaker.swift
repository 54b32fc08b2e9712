import EmberCore

/// Keeps requests from an upstream that fails: a circuit breaker.
///
/// Open after some failures in a row, or at once where the upstream says so (429, 402); then one request at a time is
/// let through as a trial, and a good answer closes it. Pauses double up to a limit.
struct Breaker: Sendable, Equatable {
    enum Failure: Sendable, Equatable {
        /// No answer, or none that is one: a connection that failed, a timeout, a status of 500 or more.
        case broken
        /// The upstream wants no requests for now, for this many seconds where it says so: 429.
        case busy(retryAfterSeconds: Double?)
        /// The upstream wants money, or another key: 401, 402, 403. Nothing but the operator mends that.
        case refused
    }

    static let failuresToOpen = 3
    static let firstPauseSeconds = 1.0
    static let longestPauseSeconds = 300.0
    static let refusedPauseSeconds = 60.0

    private(set) var failures = 0
    private var openUntil = Time.zero
    private var pauseSeconds = firstPauseSeconds
    private var isTrying = false
    private var suspicion = Suspicion()

    /// Seconds until the next request is let through; nil: now.
    func wait(at now: Time) -> Double? { openUntil > now ? openUntil - now : nil }

    /// A request is sent. While the upstream is not known to be well it is a trial, and others wait for what becomes of
    /// it.
    mutating func willAsk(at now: Time) {
        guard failures >= Self.failuresToOpen else { return }
        openUntil = now + pauseSeconds
        isTrying = true
    }

    /// A good answer. During a pause it is one to a request from before, which says nothing of how the upstream is now.
    mutating func succeed() { if failures < Self.failuresToOpen || isTrying { self = Breaker() } }

    /// A failure that may be the request's own. It counts once `Suspicion` blames the upstream, and then disables it at
    /// once. That of a trial counts at once, too.
    ///
    /// - Returns: whether it counts.
    mutating func suspect(_ failure: Suspicion.Case, at now: Time) -> Bool {
        let isTrial = failures >= Self.failuresToOpen
        guard suspicion.note(failure, at: now) || isTrial else { return false }
        failures = max(failures, Self.failuresToOpen - 1)
        fail(.broken, at: now)
        return true
    }

    mutating func fail(_ failure: Failure, at now: Time) {
        isTrying = false
        switch failure {
        case .broken:
            failures += 1
            guard failures >= Self.failuresToOpen else { return }
            openUntil = now + pauseSeconds
            pauseSeconds = min(2 * pauseSeconds, Self.longestPauseSeconds)
        case .busy(let seconds):
            failures = max(failures, Self.failuresToOpen)
            openUntil = now + min(max(seconds ?? pauseSeconds, 0), Self.longestPauseSeconds)
            if seconds == nil { pauseSeconds = min(2 * pauseSeconds, Self.longestPauseSeconds) }
        case .refused:
            failures = max(failures, Self.failuresToOpen)
            openUntil = now + Self.refusedPauseSeconds
        }
    }
}
