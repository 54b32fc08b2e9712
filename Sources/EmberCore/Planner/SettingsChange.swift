/// Other bounds in place of those that a planner has; see rule 50 of docs/planner.md.
public struct SettingsChange: Hashable, Sendable {
    public var budget: Bytes
    public var queue: QueueSettings
    public var prefetchSeconds: Double?

    public init(budget: Bytes, queue: QueueSettings, prefetchSeconds: Double?) {
        (self.budget, self.queue, self.prefetchSeconds) = (budget, queue, prefetchSeconds)
    }

    /// What settings have of these bounds.
    public init(_ settings: PlannerSettings) {
        self.init(budget: settings.budget, queue: settings.queue, prefetchSeconds: settings.prefetchSeconds)
    }

    /// Whether a planner can decide with them.
    var isSound: Bool {
        let counts = [budget.count, queue.limit, queue.limitPerInstance]
        let seconds = [queue.maxWaitSeconds, queue.patienceSeconds, queue.gateWaitSeconds, queue.residencyPerLoad]
        return counts.allSatisfy { (0..<RecordedSetting.mostCount).contains($0) } && seconds.allSatisfy { $0 >= 0 }
            && prefetchSeconds.map { $0 >= 0 } ?? true
    }
}

extension PlannerSettings {
    /// The budgets of several devices stay.
    mutating func take(_ change: SettingsChange) {
        (queue, prefetchSeconds) = (change.queue, change.prefetchSeconds)
        if devices.count == 1 { budget = change.budget }
    }
}
