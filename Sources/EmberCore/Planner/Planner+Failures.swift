// Engines fail, die or take too much; files change (rules 7, 25, 26, 28 and 29).
extension Planner {
    mutating func countFailure(of instance: InstanceID) {
        if edge.memory[health: instance].countFailure(at: edge.now, edge.settings) {
            dispatcher.refuseQueue(of: instance, .engineFailed, .modelFailed, &edge)
        } else {
            dispatcher.offloadQueue(of: instance, .engineFailed, &edge)
        }
    }

    /// An engine that was ready and has been given requests could start: what it runs now is suspected of its death.
    mutating func loseEngine(_ instance: InstanceID) {
        guard edge[instance].phase == .resident else { return }
        var isForgiven = false
        if edge.settings.failures.deathLimit != nil, edge[instance].busiest > 0 {
            dispatcher.requests.countDeath(on: instance, life: edge[instance].life)
            isForgiven = edge.memory[health: instance].countDeath(at: edge.now, edge.settings)
        }
        edge.loseEngine(of: instance)
        if isForgiven {
            dispatcher.offloadQueue(of: instance, .engineFailed, &edge)
        } else {
            countFailure(of: instance)
        }
    }

    /// The driver has ended an engine that took more than it can have.
    ///
    /// If it ran a single request, and a new life would have no room for that either, or this is its second one, the
    /// request is not tried again. A life that was ended before it ran anything shows that the model itself does not
    /// fit: its next start waits.
    mutating func endOverrun(of instance: InstanceID, resting: Bytes, peak: Bytes) {
        let phase = edge[instance].phase
        guard phase == .loading || phase == .resident else { return }
        let isUnused = phase == .loading || edge[instance].busiest == 0
        dispatcher.requests.countOverrun(
            on: instance, life: edge[instance].life, exceedsRoom: resting + peak > edge.room(for: instance))
        if !edge.endLoad(of: instance) { edge.loseEngine(of: instance) }
        edge.memory.correct(instance, resting: resting, peak: peak, edge.catalogue)
        guard isUnused else { return }
        edge.memory[health: instance].countOverrun(at: edge.now, edge.settings)
        dispatcher.refuseQueue(of: instance, .overBudget, .overBudget, &edge)
    }

    /// The files are good, and may be others than before: nothing that was known of the old ones counts. A load that
    /// has begun is taken back; that is no failure.
    mutating func readModel(_ instance: InstanceID, estimate: Bytes, resting: Bytes, peak: Bytes) {
        guard edge[instance].isOutOfUse else { return }
        let wasWanted = edge[instance].phase == .loading && edge[instance].isWanted
        _ = edge.endLoad(of: instance)
        edge.catalogue.take(estimate: estimate, of: edge[instance].model)
        edge.costs.forgetLoads(of: edge[instance].model, &edge.catalogue)
        edge.memory[health: instance].filesRead(at: edge.now)
        edge.memory.set(instance, resting: resting, peak: peak)
        if wasWanted { requestLoad(instance) }
    }

    /// The files cannot be loaded, so no request waits for them.
    mutating func giveUpModel(_ instance: InstanceID) {
        guard edge[instance].isOutOfUse else { return }
        _ = edge.endLoad(of: instance)
        if edge[instance].phase == .reserved { edge.memory.withdraw(instance) }
        edge.memory.setWanted(false, instance)
        edge.memory[health: instance].filesUnusable()
        dispatcher.refuseQueue(of: instance, .engineFailed, .modelFailed, &edge)
    }
}
