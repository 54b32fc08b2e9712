import EmberCore

/// The planner with what drives it: the clock, the record of its events, and the alarm for its next tick.
struct PlannerDriver {
    private(set) var planner: any Planning
    private let recorder: EventRecorder?
    private let origin = ContinuousClock.now
    private var nextTick = Time.distantFuture
    private var alarm: Task<Void, Never>?

    init(_ planner: any Planning, _ recorder: EventRecorder?) {
        self.planner = planner
        self.recorder = recorder
    }

    /// Since Ember's start.
    var now: Time { Time(seconds: origin.duration(to: .now) / .seconds(1)) }

    mutating func handle(_ event: Event) -> [Effect] {
        var effects: [Effect] = []
        let time = now
        planner.handle(event, at: time, into: &effects)
        recorder?.record(event, at: time, effects, leaving: planner)
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
        alarm = tick(wake, max(0, wake - now))
    }

    /// - Returns: false where the planner wants to be woken at another time by now.
    mutating func isDue(_ wake: Time) -> Bool {
        guard wake == nextTick else { return false }
        nextTick = .distantFuture
        return true
    }

    func closeRecord() { recorder?.close() }
}
