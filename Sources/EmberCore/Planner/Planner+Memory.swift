// What enters and leaves memory (rules 1, 2, 17 to 20, 30 and 31).
extension Planner {
    /// Withdraws reservations, then sends residents away, until what is committed fits the budget: measured
    /// footprints exceed it.
    mutating func shed() {
        edge.memory.withdrawExcess()
        guard edge.memory.isOvercommitted, let admission = residency.weighExcess(&edge) else { return }
        residency.explain(admission, &edge)
        for victim in admission.victims { drain(victim, for: victim, .overBudget) }
    }

    mutating func beginReservedLoads() {
        while let instance = edge.memory.beginLoad(at: edge.now) {
            edge.costs.chargeLoadBegun(of: edge[instance].model, edge.catalogue)
            residency.loadBegan(of: instance, edge)
            dispatcher.effects.append(.beginLoad(instance))
        }
    }

    /// Tries to get waiting requests' instances into memory, the longest wait first.
    mutating func admitWaiting() {
        let absent = edge.room.instances.filter { edge[$0].phase == .absent && edge[$0].health.mayBegin(edge.now) }
        guard !absent.isEmpty else { return }
        let byWait =
            absent.count == 1
            ? absent
            : absent.sorted {
                (edge.room.waitingSince($0), $0) < (edge.room.waitingSince($1), $1)
            }
        var starved: [InstanceID] = []
        for instance in byWait {
            // Younger newcomers must not take the memory that these have waited for.
            if starved.contains(where: { edge.memory.devices?.mayMeet(instance.index, $0.index) ?? true }) {
                continue
            }
            guard edge.canEverFit(instance) else {
                dispatcher.refuseQueue(of: instance, .neverFits, .neverFits, &edge)
                continue
            }
            let isPatienceLost = edge.hasWaited(instance, edge.settings.queue.patienceSeconds)
            let gate: Gate = edge.hasWaited(instance, edge.settings.queue.gateWaitSeconds) ? .open : .policy
            let admission = residency.weigh(instance, gate, mayDrain: isPatienceLost, &edge)
            if admission.outcome == .admitted {
                conclude(admission)
            } else if isPatienceLost {
                starved.append(instance)
            }
        }
    }

    /// Records why the newcomer is, or is not, admitted; if it is, reserves its memory and drains its victims.
    mutating func conclude(_ admission: Admission) {
        residency.explain(admission, &edge)
        guard admission.outcome == .admitted, let newcomer = admission.newcomer else { return }
        edge.memory.reserve(newcomer, in: admission.layout)
        for victim in admission.victims { drain(victim, for: newcomer, .evicted(for: newcomer)) }
    }

    /// Takes a resident out of service; it leaves memory once its running requests have ended.
    private mutating func drain(_ victim: InstanceID, for newcomer: InstanceID, _ reason: UnloadReason) {
        if edge.memory.drain(victim, for: newcomer, reason) { beginUnload(victim, reason) }
    }

    /// - Parameter drained: a resident that was draining and runs nothing any more.
    @inline(__always)
    mutating func endDrain(of drained: InstanceID?) {
        if let drained { beginUnload(drained, edge[drained].drain?.reason ?? .requested) }
    }

    private mutating func beginUnload(_ instance: InstanceID, _ reason: UnloadReason) {
        edge.memory.leave(instance)
        edge.tokens?.close(instance)
        if case .evicted = reason { edge.costs.countEviction() }
        residency.unloadBegan(of: instance, edge)
        dispatcher.effects.append(.beginUnload(instance, reason))
    }

    mutating func unloadIdle() {
        guard edge.catalogue.hasIdleTTL else { return }
        for id in edge.memory.inMemory {
            guard let ttl = edge.catalogue[edge[id].model].idleTTLSeconds, edge.standing(of: id) == .evictable,
                edge.now >= edge[id].lastUsed + ttl
            else { continue }
            drain(id, for: id, .idle)
        }
    }

    /// Loads what the operator asks for, if idle residents leave room for it; a failed model is tried at once. One that
    /// is to leave stays, and one that leaves already is loaded again: the operator's last word counts.
    mutating func requestLoad(_ instance: InstanceID) {
        edge.memory[health: instance].endBackoff(at: edge.now)
        switch edge[instance].phase {
        case .reserved: edge.memory.setWanted(true, instance)
        case .leaving where edge[instance].isReturning: edge.memory.setWanted(true, instance)
        case .loading: break
        case .resident where !edge[instance].isDraining: break
        case .absent, .resident, .leaving: admitWanted(instance)
        }
    }

    private mutating func admitWanted(_ instance: InstanceID) {
        guard !edge[instance].isUnusable, !edge.catalogue[edge[instance].model].isRetired, edge.canEverFit(instance)
        else { return }
        let admission = residency.weigh(instance, .open, mayDrain: false, &edge)
        if admission.outcome == .admitted { edge.memory.setWanted(edge[instance].phase != .resident, instance) }
        conclude(admission)
    }

    /// Other bounds hold (rule 50).
    mutating func take(_ change: SettingsChange) {
        edge.settings.take(change)
        edge.memory.budget = edge.settings.budget
    }

    /// Goes on with another catalogue, in which all that is in memory or has requests must be found (rule 46). Models
    /// that are to go leave as if the operator had asked for that.
    mutating func changeCatalogue(_ change: CatalogueChange) {
        guard change.fits(edge.catalogue) else { return }
        let map = CatalogueMap(change, of: edge.catalogue)
        guard edge.memory.allStay(map), dispatcher.requests.allStay(map) else { return }
        edge.move(map)
        dispatcher.requests.move(map)
        residency.move(map, edge)
        for instance in edge.instances.indices.map({ InstanceID($0) }) {
            dispatcher.refuseRetired(of: instance, &edge)
            if edge.catalogue[edge[instance].model].isRetired { requestUnload(instance) }
        }
    }

    /// Takes a model out of memory, or ends its load at once. Requests that wait for a load that is ended so do not go
    /// on waiting: they would make the load begin again.
    mutating func requestUnload(_ instance: InstanceID) {
        edge.memory.setWanted(false, instance)
        switch edge[instance].phase {
        case .reserved:
            dispatcher.refuseQueue(of: instance, .unloaded, .unloaded, &edge)
            edge.withdrawUnwanted(instance)
        case .loading:
            dispatcher.refuseQueue(of: instance, .unloaded, .unloaded, &edge)
            edge.chargeLoadEnded(of: instance, isGood: false)
            beginUnload(instance, .requested)
        case .resident: if !edge[instance].isDraining { drain(instance, for: instance, .requested) }
        case .leaving: edge.withdrawUnwanted(instance)
        case .absent: break
        }
    }
}
