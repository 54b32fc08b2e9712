// Memory for the contexts of several services on one instance.
extension Planner {
    /// Sees to it that the instance holds a context of the pair; false when no memory can be had for it now.
    ///
    /// An instance has room for one context from the start. A further one takes free memory or the place of the
    /// instance's idle context of the least age; it never has another instance evicted.
    mutating func attachContext(of pair: PairID, to instance: InstanceID, _ effects: inout [Effect]) -> Bool {
        guard !edge[context: pair].isAttached else { return true }
        let size = edge.catalogue[edge[instance].model].contextBytes
        if edge[instance].contexts > 0, size > .zero {
            if edge.committed + size <= edge.settings.budget, edge.occupied + size <= edge.settings.budget {
                grow(instance, by: size)
            } else if let idle = idleContextOfLeastAge(on: instance) {
                detach(idle, from: instance)
                effects.append(.dropContext(instance, edge.catalogue.service(of: idle)))
            } else {
                return false
            }
        }
        edge[context: pair].isAttached = true
        edge[instance].contexts += 1
        effects.append(.attachContext(instance, edge.catalogue.service(of: pair)))
        return true
    }

    /// The instance has left memory: its contexts are dropped and its footprint is that of a newly loaded one.
    mutating func dropContexts(of instance: InstanceID) {
        let size = edge.catalogue[edge[instance].model].contextBytes
        let contexts = edge[instance].contexts
        if contexts > 1 {
            let footprint = edge[instance].footprint
            // Measured smaller than its contexts should be: then each has an even share of what was measured.
            let share = Bytes(footprint.count / contexts)
            edge[instance].footprint = max(share, footprint - Bytes(size.count * (contexts - 1)))
        }
        for pair in pairs(of: instance) {
            edge[context: pair].inFlight = 0
            guard edge[context: pair].isAttached else { continue }
            detach(pair, from: instance)
        }
    }

    private mutating func detach(_ pair: PairID, from instance: InstanceID) {
        edge[context: pair].isAttached = false
        edge[instance].contexts -= 1
        defer { rank(instance) }
        if edge.settings.retention == .lost { edge[context: pair].state.clear() }
    }

    private mutating func grow(_ instance: InstanceID, by size: Bytes) {
        edge[instance].footprint += size
        edge.occupied += size
        if edge[instance].isCommitted { edge.committed += size }
        rank(instance)
    }

    private func idleContextOfLeastAge(on instance: InstanceID) -> PairID? {
        pairs(of: instance)
            .filter { edge[context: $0].isAttached && edge[context: $0].inFlight == 0 }
            .min { edge.ageOfContext(of: $0) < edge.ageOfContext(of: $1) }
    }

    private func pairs(of instance: InstanceID) -> [PairID] {
        edge.catalogue.services(of: instance).map { edge.catalogue.pair(ServiceID($0), edge[instance].model) }
    }
}
