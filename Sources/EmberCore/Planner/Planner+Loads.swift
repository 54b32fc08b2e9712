// Loads begin and end, residents leave, the operator asks for either (rules 2, 20, 24, 30 and 31).
extension Planner {
    mutating func beginReservedLoads() {
        while let instance = edge.memory.beginLoad(at: edge.now) {
            edge.costs.chargeLoadBegun(of: edge[instance].model, edge.catalogue)
            policy.didLoad(instance, in: edge)
            effects.append(.beginLoad(instance))
        }
    }

    mutating func finishLoad(_ instance: InstanceID) {
        guard edge.memory.land(instance, at: edge.now) else { return }
        chargeLoadEnded(of: instance, isGood: true)
    }

    mutating func chargeLoadEnded(of instance: InstanceID, isGood: Bool) {
        edge.costs.chargeLoadEnded(
            of: edge[instance].model, seconds: edge.now - edge[instance].loadBegan, isGood: isGood, &edge.catalogue)
    }

    mutating func finishUnload(_ instance: InstanceID) {
        guard edge.memory.freeMemory(of: instance) else { return }
        edge.contexts.drop(instance, edge.settings.retention, at: edge.now, edge.catalogue)
    }

    /// The engine is gone without having been stopped.
    mutating func lose(_ instance: InstanceID) {
        edge.memory.lose(instance)
        edge.contexts.drop(instance, edge.settings.retention, at: edge.now, edge.catalogue)
    }

    /// Takes a resident out of service; it leaves memory once its running requests have ended.
    mutating func drain(_ victim: InstanceID, for newcomer: InstanceID, _ reason: UnloadReason) {
        if edge.memory.drain(victim, for: newcomer, reason) { beginUnload(victim, reason) }
    }

    mutating func beginUnload(_ instance: InstanceID, _ reason: UnloadReason?) {
        let reason = reason ?? .requested
        edge.memory.leave(instance)
        if case .evicted = reason { edge.costs.countEviction() }
        policy.didEvict(instance, in: edge)
        effects.append(.beginUnload(instance, reason))
    }

    /// Withdraws a reservation that no request waits for any more, as long as its load has not begun.
    mutating func giveUpReservation(of instance: InstanceID) {
        guard edge[instance].phase == .reserved || edge[instance].isReturning, edge.room.count(for: instance) == 0,
            !edge[instance].isWanted
        else { return }
        edge.memory.withdraw(instance)
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
        guard !edge[instance].isUnusable, edge.canEverFit(instance) else { return }
        let admission = weigh(instance, .open, mayDrain: false)
        guard admission.outcome == .admitted else { return explain(admission) }
        edge.memory.setWanted(edge[instance].phase != .resident, instance)
        carryOut(admission)
    }

    /// Takes a model out of memory, or ends its load at once. Requests that wait for a load that is ended so do not go
    /// on waiting: they would make the load begin again.
    mutating func requestUnload(_ instance: InstanceID) {
        edge.memory.setWanted(false, instance)
        switch edge[instance].phase {
        case .reserved:
            refuseQueue(of: instance, .unloaded, .unloaded)
            giveUpReservation(of: instance)
        case .loading:
            refuseQueue(of: instance, .unloaded, .unloaded)
            chargeLoadEnded(of: instance, isGood: false)
            beginUnload(instance, .requested)
        case .resident: if !edge[instance].isDraining { drain(instance, for: instance, .requested) }
        case .leaving: giveUpReservation(of: instance)
        case .absent: break
        }
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
}
