// The life of an instance: absent, reserved, loading, resident, leaving, absent.
extension Planner {
    mutating func beginReservedLoads(_ effects: inout [Effect]) {
        for instance in reserved
        where edge[instance].phase == .reserved && edge.occupied + edge[instance].footprint <= edge.settings.budget {
            edge.enter(.loading, instance)
            edge[instance].loadBegan = edge.now
            chargeLoadBegun(of: instance)
            policy.didLoad(instance, in: edge)
            effects.append(.beginLoad(instance))
        }
        reserved.removeAll { edge[$0].phase != .reserved && !edge[$0].isReturning }
    }

    mutating func finishLoad(_ instance: InstanceID) {
        guard edge[instance].phase == .loading else { return }
        edge.enter(.resident, instance)
        edge[instance].isWanted = false
        edge[instance].busiest = 0
        edge[instance].loadedAt = edge.now
        edge[instance].lastUsed = edge.now
        chargeLoadEnded(of: instance, isGood: true)
        rank(instance)
    }

    mutating func failLoad(_ instance: InstanceID, _ effects: inout [Effect]) {
        guard edge[instance].phase == .loading else { return }
        chargeLoadEnded(of: instance, isGood: false)
        leaveMemory(instance)
        edge[instance].isWanted = false
        countFailure(of: instance, &effects)
    }

    mutating func loseEngine(_ instance: InstanceID, _ effects: inout [Effect]) {
        guard edge[instance].phase == .resident else { return }
        let isForgiven = countDeath(of: instance)
        leaveMemory(instance)
        guard isForgiven else { return countFailure(of: instance, &effects) }
        edge[instance].notBefore = edge.now + edge[instance].backoff(edge.settings)
        offloadQueue(of: instance, .engineFailed, &effects)
    }

    /// An engine that was ready and has been given requests could start: what it runs now is suspected of its death.
    ///
    /// - Returns: whether that is no failure yet.
    private mutating func countDeath(of instance: InstanceID) -> Bool {
        guard let limit = edge.settings.deathLimit, edge[instance].busiest > 0 else { return false }
        edge[instance].deaths += 1
        for request in requests.running(on: instance, life: edge[instance].life) { requests[request].deaths += 1 }
        return edge[instance].deaths <= limit
    }

    mutating func finishUnload(_ instance: InstanceID) {
        guard edge[instance].phase == .leaving else { return }
        edge.enter(edge[instance].isReturning ? .reserved : .absent, instance)
        edge.recount(instance) { $0.isReturning = false }
        dropContexts(of: instance)
    }

    /// The engine is gone without having been told to go.
    mutating func leaveMemory(_ instance: InstanceID) {
        edge.enter(.absent, instance)
        ranking?.remove(instance)
        edge[instance].drainingFor = nil
        edge[instance].inFlight = 0
        edge[instance].life += 1
        dropContexts(of: instance)
    }

    private mutating func countFailure(of instance: InstanceID, _ effects: inout [Effect]) {
        edge[instance].failures += 1
        edge[instance].notBefore = edge.now + edge[instance].backoff(edge.settings)
        if edge[instance].failures >= edge.settings.failureLimit {
            refuseQueue(of: instance, .engineFailed, .modelFailed, &effects)
        } else {
            offloadQueue(of: instance, .engineFailed, &effects)
        }
    }

    /// Takes a resident out of service; it leaves memory once its running requests have ended.
    mutating func drain(
        _ victim: InstanceID, for newcomer: InstanceID, _ reason: UnloadReason, _ effects: inout [Effect]
    ) {
        edge.recount(victim) { $0.drainingFor = newcomer }
        edge[victim].drainReason = reason
        ranking?.remove(victim)
        if edge[victim].phase == .resident, edge[victim].inFlight == 0 { beginUnload(victim, &effects) }
    }

    mutating func beginUnload(_ instance: InstanceID, _ effects: inout [Effect]) {
        let reason = edge[instance].drainReason
        edge.enter(.leaving, instance)
        ranking?.remove(instance)
        edge[instance].drainingFor = nil
        edge[instance].life += 1
        if case .evicted = reason { edge.ledger.countEviction() }
        policy.didEvict(instance, in: edge)
        effects.append(.beginUnload(instance, reason))
    }

    /// Undoes a reservation that no request waits for any more, as long as its load has not begun.
    mutating func giveUpReservation(of instance: InstanceID) {
        guard edge[instance].phase == .reserved || edge[instance].isReturning, edge[instance].waiting == 0,
            !edge[instance].isWanted
        else { return }
        withdraw(instance)
    }

    /// Undoes a reservation; residents that are still draining for it go back into service if they fit the budget.
    mutating func withdraw(_ instance: InstanceID) {
        if edge[instance].phase == .reserved { edge.enter(.absent, instance) }
        edge.recount(instance) { $0.isReturning = false }
        edge[instance].isWanted = false
        reserved.removeAll { $0 == instance }
        for victim in edge.inMemory where edge[victim].drainingFor == instance {
            guard edge.committed + edge[victim].footprint <= edge.settings.budget else { continue }
            edge.recount(victim) { $0.drainingFor = nil }
            rank(victim)
        }
    }

    /// Loads what the operator asks for, if idle residents leave room for it; a failed model is tried at once. One that is
    /// to leave stays, and one that leaves already is loaded again: the operator's last word counts.
    mutating func requestLoad(_ instance: InstanceID, _ effects: inout [Effect]) {
        edge[instance].notBefore = min(edge[instance].notBefore, edge.now)
        switch edge[instance].phase {
        case .reserved: edge[instance].isWanted = true
        case .leaving where edge[instance].isReturning: edge[instance].isWanted = true
        case .loading: break
        case .resident where !edge[instance].isDraining: break
        case .absent, .resident, .leaving: admitWanted(instance, &effects)
        }
    }

    private mutating func admitWanted(_ instance: InstanceID, _ effects: inout [Effect]) {
        guard !edge[instance].isUnusable, canEverFit(instance) else { return }
        let admission = weigh(instance, .open, mayDrain: false)
        guard admission.outcome == .admitted else { return explain(admission) }
        edge[instance].isWanted = edge[instance].phase != .resident
        carryOut(admission, &effects)
    }

    /// Takes a model out of memory, or ends its load at once. What waits for a load that is ended so is not left waiting: it
    /// would have the load begin anew.
    mutating func requestUnload(_ instance: InstanceID, _ effects: inout [Effect]) {
        edge[instance].isWanted = false
        switch edge[instance].phase {
        case .reserved:
            refuseQueue(of: instance, .unloaded, .unloaded, &effects)
            giveUpReservation(of: instance)
        case .loading:
            refuseQueue(of: instance, .unloaded, .unloaded, &effects)
            chargeLoadEnded(of: instance, isGood: false)
            edge[instance].drainReason = .requested
            beginUnload(instance, &effects)
        case .resident: if !edge[instance].isDraining { drain(instance, for: instance, .requested, &effects) }
        case .leaving: giveUpReservation(of: instance)
        case .absent: break
        }
    }

    mutating func unloadIdle(_ effects: inout [Effect]) {
        guard edge.catalogue.hasIdleTTL else { return }
        for id in edge.inMemory {
            guard let ttl = edge.catalogue[edge[id].model].idleTTLSeconds, standing(of: id) == .evictable,
                edge.now >= edge[id].lastUsed + ttl
            else { continue }
            drain(id, for: id, .idle, &effects)
        }
    }
}

extension Instance {
    /// The wait after the failures so far: doubled with each, up to the limit.
    func backoff(_ settings: PlannerSettings) -> Double {
        var wait = settings.backoffSeconds
        for _ in 1..<max(1, failures) where wait < settings.maxBackoffSeconds { wait *= 2 }
        return min(wait, settings.maxBackoffSeconds)
    }

    /// Whether its engine may be started again, or at least waited for.
    func mayStart(_ now: Time, _ settings: PlannerSettings) -> Bool {
        !isUnusable && (failures < settings.failureLimit || now >= notBefore)
    }
}
