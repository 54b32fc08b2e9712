extension RecordedSetting {
    /// Instances and pairs of a server: a damaged log must not make its reader reserve all memory.
    static let mostPairs = 1 << 20

    /// What keeps it from being one that a planner can decide with; nil: nothing. No server writes such a setting, but
    /// a log may be damaged, or edited.
    public var problem: String? {
        if let problem = Self.problem(of: models, services) { return problem }
        return isSound(settings) && began.isFinite ? nil : "has settings out of range"
    }

    /// The same of a catalogue alone.
    static func problem(of models: [ModelSpec], _ services: [ServiceSpec]) -> String? {
        if models.isEmpty { return "names no model" }
        if services.isEmpty { return "names no service" }
        if models.count > mostPairs / services.count { return "names more than \(mostPairs) pairs" }
        if let model = models.first(where: { !isSound($0, among: models) }) {
            return "has figures of model '\(model.name)' out of range"
        }
        if let service = services.first(where: { !isSound($0, models) }) {
            return "has figures of service '\(service.name)' out of range"
        }
        return nil
    }

    private static func isSound(_ model: ModelSpec, among models: [ModelSpec]) -> Bool {
        let bytes = [
            model.residentBytes, model.learnt?.resting ?? .zero, model.learnt?.peak ?? .zero,
        ]
        let counts = bytes.map(\.count) + [model.windowTokens, model.typicalTokens]
        return counts.allSatisfy { (0..<mostCount).contains($0) } && (1..<mostCount).contains(model.parallel)
            && (1..<mostCount).contains(model.poolTokens ?? 1)
            && model.devices.map(\.isSound) ?? true
            && model.base.map { models.indices.contains($0.index) && models[$0.index].base == nil } ?? true
    }

    private static func isSound(_ service: ServiceSpec, _ models: [ModelSpec]) -> Bool {
        (0..<Double(mostCount)).contains(service.vanishing)
            && (1..<mostCount).contains(service.demonstrationTokens)
            && service.standIns.allSatisfy { models.indices.contains($0.index) }
    }

    private func isSound(_ settings: PlannerSettings) -> Bool {
        let counts =
            settings.devices.map(\.count) + [
                settings.queue.limit, settings.queue.limitPerInstance, settings.failures.retryLimit,
                settings.failures.failureLimit,
            ]
        // Infinite ones are no bound.
        let seconds = [
            settings.queue.maxWaitSeconds, settings.queue.patienceSeconds, settings.queue.gateWaitSeconds,
            settings.queue.residencyPerLoad,
            settings.energy.windowSeconds, settings.failures.backoffSeconds, settings.failures.maxBackoffSeconds,
            settings.failures.overrunBackoffSeconds, settings.failures.maxOverrunBackoffSeconds,
        ]
        return (1...DeviceRule.mostDevices).contains(settings.devices.count)
            && counts.allSatisfy { (0..<Self.mostCount).contains($0) } && seconds.allSatisfy { $0 >= 0 }
    }

    /// Sums of this many do not overflow.
    static let mostCount = 1 << 50
}
