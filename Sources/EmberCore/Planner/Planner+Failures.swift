// Engines fail, die or take too much; files change (rules 6, 7, 25, 26, 28 and 29).
extension Planner {
    mutating func failLoad(_ instance: InstanceID) {
        guard edge[instance].phase == .loading else { return }
        chargeLoadEnded(of: instance, isGood: false)
        lose(instance)
        countFailure(of: instance)
    }

    mutating func loseEngine(_ instance: InstanceID) {
        guard edge[instance].phase == .resident else { return }
        let isForgiven = countDeath(of: instance)
        lose(instance)
        if isForgiven { offloadQueue(of: instance, .engineFailed) } else { countFailure(of: instance) }
    }

    /// An engine that was ready and has been given requests could start: what it runs now is suspected of its death.
    ///
    /// - Returns: whether that is no failure yet.
    private mutating func countDeath(of instance: InstanceID) -> Bool {
        guard edge.settings.deathLimit != nil, edge[instance].busiest > 0 else { return false }
        for request in requests.running(on: instance, life: edge[instance].life) {
            requests[request].tries.deaths += 1
        }
        return edge.memory[health: instance].countDeath(at: edge.now, edge.settings)
    }

    private mutating func countFailure(of instance: InstanceID) {
        if edge.memory[health: instance].countFailure(at: edge.now, edge.settings) {
            refuseQueue(of: instance, .engineFailed, .modelFailed)
        } else {
            offloadQueue(of: instance, .engineFailed)
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
        countOverruns(
            of: requests.running(on: instance, life: edge[instance].life),
            exceeds: resting + peak > edge.room(for: instance))
        if phase == .loading { chargeLoadEnded(of: instance, isGood: false) }
        lose(instance)
        edge.memory.correct(instance, resting: resting, peak: peak, edge.catalogue)
        guard isUnused else { return }
        edge.memory[health: instance].countOverrun(at: edge.now, edge.settings)
        refuseQueue(of: instance, .overBudget, .overBudget)
    }

    /// - Parameter exceeds: what the next life is expected to take has no room.
    private mutating func countOverruns(of running: [RequestID], exceeds: Bool) {
        for request in running {
            requests[request].tries.overruns += 1
            requests[request].tries.needsTooMuch =
                running.count == 1 && (exceeds || requests[request].tries.overruns > 1)
        }
    }

    mutating func forgetFootprint(of instance: InstanceID) {
        let estimate = edge.catalogue[edge[instance].model].residentBytes
        edge.memory.correct(
            instance, resting: edge[instance].occupies ? edge[instance].resting : estimate, peak: .zero, edge.catalogue)
        edge.memory[health: instance].forgetOverruns(at: edge.now)
    }

    /// The files are good, and may be others than before: nothing that was known of the old ones counts.
    mutating func readModel(_ instance: InstanceID, estimate: Bytes, resting: Bytes, peak: Bytes) {
        guard isOutOfUse(instance) else { return }
        let wasWanted = edge[instance].phase == .loading && edge[instance].isWanted
        takeBackLoad(of: instance)
        edge.catalogue.take(estimate: estimate, of: edge[instance].model)
        edge.costs.forgetLoads(of: edge[instance].model, &edge.catalogue)
        edge.memory[health: instance].filesRead(at: edge.now)
        edge.memory.set(instance, resting: resting, peak: peak)
        if wasWanted { requestLoad(instance) }
    }

    /// The files cannot be loaded, so no request waits for them.
    mutating func giveUpModel(_ instance: InstanceID) {
        guard isOutOfUse(instance) else { return }
        takeBackLoad(of: instance)
        if edge[instance].phase == .reserved { edge.memory.withdraw(instance) }
        edge.memory.setWanted(false, instance)
        edge.memory[health: instance].filesUnusable()
        refuseQueue(of: instance, .engineFailed, .modelFailed)
    }

    /// Whether it is neither resident nor leaving: what those have loaded stays as it is.
    private func isOutOfUse(_ instance: InstanceID) -> Bool {
        let phase = edge[instance].phase
        return phase == .absent || phase == .reserved || phase == .loading
    }

    /// The driver has not started the engine after all; that is no failure.
    private mutating func takeBackLoad(of instance: InstanceID) {
        guard edge[instance].phase == .loading else { return }
        chargeLoadEnded(of: instance, isGood: false)
        lose(instance)
    }
}
