import EmberCore

// Models that come into memory and leave it. All of this is rare, so series are looked up by name.
extension ServerMeters {
    /// - Parameter edge: as it is before the event.
    func count(_ event: Event, at now: Time, before edge: EdgeState) {
        switch event {
        case .loadFinished(let id):
            let seconds = now - edge[id].loadBegan
            registry.histogram(ModelFamilies.loadSeconds, name(of: id)).record(seconds)
            compare(.load, seconds, with: edge.loadSeconds(of: edge[id].model) ?? 0)
        case .loadFailed(let id): countFailure("start", of: id)
        case .engineDied(let id):
            countFailure("died", of: id)
            countResidency(of: edge[id], at: now)
        case .engineOverran(let id, _, _):
            countFailure("over_budget", of: id)
            countResidency(of: edge[id], at: now)
        case .catalogueChanged: forgetIDs()
        default: break
        }
    }

    func countLoad(of id: InstanceID) {
        registry.counter(ModelFamilies.loads, name(of: id)).increment()
    }

    func countUnload(of instance: Instance, _ id: InstanceID, _ reason: UnloadReason, at now: Time) {
        registry.counter(ModelFamilies.unloads, name(of: id), reason.label).increment()
        countResidency(of: instance, at: now)
    }

    func count(_ decision: Decision) {
        registry.counter(ModelFamilies.admissions, decision.outcome.name).increment()
        let ages = registry.histogram(ModelFamilies.ageAtEviction)
        for candidate in decision.candidates where decision.victims.contains(candidate.instance) {
            ages.record(candidate.ageOfContext)
        }
    }

    private func countFailure(_ kind: String, of id: InstanceID) {
        registry.counter(ModelFamilies.failures, name(of: id), kind).increment()
    }

    /// Not of a load that was ended before it was done.
    private func countResidency(of instance: Instance, at now: Time) {
        guard instance.loadedAt > instance.loadBegan else { return }
        registry.histogram(ModelFamilies.residency).record(now - instance.loadedAt)
    }

    private func name(of id: InstanceID) -> String { deployment.models[id.index].name }
}

extension Event {
    /// Whether metrics count it; most events are none of these.
    var isCounted: Bool {
        switch self {
        case .loadFinished, .loadFailed, .engineDied, .engineOverran, .catalogueChanged: true
        default: false
        }
    }
}

extension UnloadReason {
    fileprivate var label: String {
        switch self {
        case .evicted: "evicted"
        case .idle: "idle"
        case .requested: "requested"
        case .overBudget: "over_budget"
        }
    }
}
