// Memory for the contexts of several services on one instance.
extension Planner {
    /// Sees to it that the instance holds a context of the service; false when no memory can be had for it now.
    ///
    /// An instance has room for one context from the start. A further one takes free memory or the place of the
    /// instance's idle context of the least age; it never has another instance evicted.
    mutating func attachContext(
        of service: ServiceID, to instance: InstanceID, _ effects: inout [Effect]
    ) -> Bool {
        guard !edge[instance, service].isAttached else { return true }
        let size = edge.catalogue[edge[instance].model].contextBytes
        if edge[instance].contexts > 0, size > .zero {
            if size <= edge.free {
                grow(instance, by: size)
            } else if let idle = idleContextOfLeastAge(on: instance) {
                detach(idle, from: instance)
                effects.append(.dropContext(instance, idle))
            } else {
                return false
            }
        }
        edge[instance, service].isAttached = true
        edge[instance].contexts += 1
        effects.append(.attachContext(instance, service))
        return true
    }

    /// What a resident holds of a service, as the driver has found; of a context that is not in memory it knows nothing.
    mutating func takeContext(of service: ServiceID, _ model: ModelID, examples: Double, worth: Double) {
        let instance = edge.catalogue.instance(service, model)
        guard edge.settings.time == .continuous, edge[instance, service].isAttached else { return }
        edge[instance, service].isMeasured = true
        let (now, window) = (edge.now, edge.catalogue.windowExamples(service, edge[instance].model))
        edge.changeContext(of: service, on: instance) { $0.hold(examples, worth: worth, at: now, window: window) }
        if isRanked(instance) { rank(instance) }
    }

    /// The instance has left memory: its contexts are dropped and its footprint is that of a newly loaded one.
    mutating func dropContexts(of instance: InstanceID) {
        let size = edge.catalogue[edge[instance].model].contextBytes
        let contexts = edge[instance].contexts
        if contexts > 1 {
            let resting = edge[instance].resting
            // Measured smaller than its contexts should be: then each has an even share of what was measured.
            let share = Bytes(resting.count / contexts)
            edge.recount(instance) { $0.resting = max(share, resting - Bytes(size.count * (contexts - 1))) }
        }
        for service in services(of: instance) {
            edge[instance, service].inFlight = 0
            if edge[instance, service].isAttached { detach(service, from: instance) }
        }
    }

    private mutating func detach(_ service: ServiceID, from instance: InstanceID) {
        edge[instance, service].isAttached = false
        edge[instance].contexts -= 1
        defer { rank(instance) }
        if edge.settings.retention == .lost { edge.changeContext(of: service, on: instance) { $0.clear() } }
    }

    private mutating func grow(_ instance: InstanceID, by size: Bytes) {
        edge.recount(instance) { $0.resting += size }
        rank(instance)
    }

    private func idleContextOfLeastAge(on instance: InstanceID) -> ServiceID? {
        services(of: instance)
            .filter { edge[instance, $0].isAttached && edge[instance, $0].inFlight == 0 }
            .min { edge.ageOfContext(of: $0, on: instance) < edge.ageOfContext(of: $1, on: instance) }
    }

    private func services(of instance: InstanceID) -> LazyMapSequence<Range<Int>, ServiceID> {
        edge.catalogue.services(of: instance).lazy.map { ServiceID($0) }
    }
}
