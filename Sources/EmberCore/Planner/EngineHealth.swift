/// How an instance's engine has fared, and from when on it may be started.
public struct EngineHealth: Codable, Sendable {
    /// Failures of its engine since it last answered a request.
    public private(set) var failures = 0
    /// Lives in a row that were ended over the budget before they had run anything.
    public private(set) var overruns = 0
    /// Lives in a row that ended by themselves after they had been given requests.
    public private(set) var deaths = 0
    /// No start before this instant (backoff after failures).
    public private(set) var notBefore = Time.zero
    /// Its files cannot be loaded: it is not started until they have been read again.
    public private(set) var isUnusable = false

    /// - Returns: whether its requests are refused from now on, until the next trial.
    mutating func countFailure(at now: Time, _ settings: PlannerSettings) -> Bool {
        failures += 1
        notBefore = now + backoff(settings)
        return failures >= settings.failures.failureLimit
    }

    /// A life that had been given requests has ended by itself.
    ///
    /// - Returns: whether that is no failure yet; then the next start waits all the same.
    mutating func countDeath(at now: Time, _ settings: PlannerSettings) -> Bool {
        guard let limit = settings.failures.deathLimit else { return false }
        deaths += 1
        guard deaths <= limit else { return false }
        notBefore = now + backoff(settings)
        return true
    }

    mutating func countOverrun(at now: Time, _ settings: PlannerSettings) {
        overruns += 1
        notBefore = now + overrunBackoff(settings)
    }

    /// It has answered a request: every row of failures ends.
    @inline(__always)
    mutating func answered() {
        if failures > 0 { failures = 0 }
        if overruns > 0 { overruns = 0 }
        if deaths > 0 { deaths = 0 }
    }

    /// The operator asks for it, so the next start does not wait.
    mutating func endBackoff(at now: Time) { notBefore = min(notBefore, now) }

    /// What its lives took before says nothing any more.
    mutating func forgetOverruns(at now: Time) {
        guard overruns > 0 else { return }
        overruns = 0
        endBackoff(at: now)
    }

    /// Its files have been read again: what was learnt with the old ones no longer counts.
    mutating func filesRead(at now: Time) {
        isUnusable = false
        failures = 0
        overruns = 0
        endBackoff(at: now)
    }

    mutating func filesUnusable() { isUnusable = true }

    /// Whether its engine may be started at that instant.
    @inline(__always)
    func mayBegin(_ now: Time) -> Bool { !isUnusable && notBefore <= now }

    /// Whether its engine may be started again, or at least waited for.
    func mayStart(_ now: Time, _ settings: PlannerSettings) -> Bool {
        !isUnusable && (failures < settings.failures.failureLimit || now >= notBefore)
    }

    /// Whether its engine may not be started yet because it took more memory than it can have.
    func isBarred(_ now: Time) -> Bool { overruns > 0 && now < notBefore }

    /// The wait after the failures so far: doubled with each, up to the limit.
    private func backoff(_ settings: PlannerSettings) -> Double {
        Self.doubled(settings.failures.backoffSeconds, failures, atMost: settings.failures.maxBackoffSeconds)
    }

    /// The wait after lives that were ended over the budget: doubled with each, up to the limit.
    private func overrunBackoff(_ settings: PlannerSettings) -> Double {
        Self.doubled(
            settings.failures.overrunBackoffSeconds, overruns, atMost: settings.failures.maxOverrunBackoffSeconds)
    }

    private static func doubled(_ first: Double, _ count: Int, atMost limit: Double) -> Double {
        var wait = first
        for _ in 1..<max(1, count) where wait < limit { wait *= 2 }
        return min(wait, limit)
    }
}
