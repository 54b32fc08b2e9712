import EmberCore
import EmberSystem

/// The planner with what drives it: the clock, the record of its events, and the alarm for its next tick.
struct PlannerDriver {
    private(set) var planner: any Planning
    private let recorder: EventRecorder?
    /// The policy that decides.
    var policy: PolicyChoice
    let clock: RunClock
    private var nextTick = Time.distantFuture
    private var alarm: Task<Void, Never>?

    init(_ planner: any Planning, _ policy: PolicyChoice, _ recorder: EventRecorder?, _ clock: RunClock) {
        self.planner = planner
        self.policy = policy
        self.recorder = recorder
        self.clock = clock
    }

    mutating func handle(_ event: Event) -> [Effect] {
        var effects: [Effect] = []
        let now = clock.now
        planner.handle(event, at: now, into: &effects)
        recorder?.record(event, at: now, effects, leaving: planner)
        return effects
    }

    mutating func takeDecisions() -> [Decision] { planner.takeDecisions() }

    /// One task sleeps at most; a tick that comes early does no harm, and asks for the next one.
    ///
    /// - Parameter tick: makes the task that ticks at the given time, which is the given number of seconds away.
    mutating func wake(_ tick: (Time, Double) -> Task<Void, Never>) {
        guard let wake = planner.nextWake, wake < nextTick else { return }
        nextTick = wake
        alarm?.cancel()
        alarm = tick(wake, max(0, wake - clock.now))
    }

    /// - Returns: false where the planner wants to be woken at another time by now.
    mutating func isDue(_ wake: Time) -> Bool {
        guard wake == nextTick else { return false }
        nextTick = .distantFuture
        return true
    }

    func closeRecord() { recorder?.close() }
}

/// The time since Ember's start.
struct RunClock: Sendable {
    private let time: TimeSource
    private let origin: TimeSource.Instant

    /// Starts now.
    init(_ time: TimeSource) {
        self.time = time
        origin = time.now
    }

    var now: Time { Time(seconds: time.seconds(since: origin)) }
}

/// The policy that decides.
struct PolicyChoice: Sendable {
    var name: String
    /// Of policies that are changed to.
    let seed: UInt64
}
