// What engines take in memory: what was measured, and what happens to one that takes more than it can have.
extension Planner {
    mutating func takeFootprint(of instance: InstanceID, resting: Bytes, peak: Bytes) {
        edge.takeFootprint(of: instance, resting: resting, peak: peak)
        rank(instance)
    }

    /// The driver has ended an engine that took more than it can have.
    ///
    /// If it ran a single request, and a new life would have no room for that either, or this is its second one, the request is
    /// not tried again. A life that was ended before it ran anything says that the model itself does not fit: its next start waits.
    mutating func endOverrun(of instance: InstanceID, resting: Bytes, peak: Bytes, _ effects: inout [Effect]) {
        let phase = edge[instance].phase
        guard phase == .loading || phase == .resident else { return }
        let isUnused = phase == .loading || edge[instance].busiest == 0
        noteOverrun(
            of: requests.running(on: instance, life: edge[instance].life),
            exceeds: resting + peak > edge.room(for: instance))
        if phase == .loading {
            chargeLoadEnded(of: instance, isGood: false)
            edge[instance].isWanted = false
        }
        leaveMemory(instance)
        takeFootprint(of: instance, resting: resting, peak: peak)
        guard isUnused else { return }
        edge[instance].overruns += 1
        edge[instance].notBefore = edge.now + edge[instance].overrunBackoff(edge.settings)
        refuseQueue(of: instance, .overBudget, .overBudget, &effects)
    }

    /// - Parameter exceeds: what the next life is expected to take has no room.
    private mutating func noteOverrun(of running: [RequestID], exceeds: Bool) {
        for request in running {
            requests[request].overruns += 1
            requests[request].needsTooMuch = running.count == 1 && (exceeds || requests[request].overruns > 1)
        }
    }

    mutating func forgetFootprint(of instance: InstanceID) {
        let isInMemory = edge[instance].occupies
        let estimate = edge.catalogue[edge[instance].model].residentBytes
        takeFootprint(of: instance, resting: isInMemory ? edge[instance].resting : estimate, peak: .zero)
        guard edge[instance].overruns > 0 else { return }
        edge[instance].overruns = 0
        edge[instance].notBefore = min(edge[instance].notBefore, edge.now)
    }

    /// Whether its engine may not be started yet because it took more memory than it can have.
    func isBarred(_ instance: InstanceID) -> Bool {
        edge[instance].overruns > 0 && edge.now < edge[instance].notBefore
    }
}

extension Instance {
    /// The wait after lives that were ended over the budget: doubled with each, up to the limit.
    func overrunBackoff(_ settings: PlannerSettings) -> Double {
        var wait = settings.overrunBackoffSeconds
        for _ in 1..<max(1, overruns) where wait < settings.maxOverrunBackoffSeconds { wait *= 2 }
        return min(wait, settings.maxOverrunBackoffSeconds)
    }
}
