// Models whose files have changed: what they are, or are not any more, is told by the driver before they are loaded.
extension Planner {
    /// The files are good, and may be others than before: nothing that was known of the old ones counts.
    mutating func takeModel(
        _ instance: InstanceID, estimate: Bytes, resting: Bytes, peak: Bytes, _ effects: inout [Effect]
    ) {
        guard isOutOfUse(instance) else { return }
        let wasWanted = edge[instance].phase == .loading && edge[instance].isWanted
        takeBackLoad(of: instance)
        edge.catalogue.take(estimate: estimate, of: edge[instance].model)
        forgetLoads(of: edge[instance].model)
        edge[instance].isUnusable = false
        edge[instance].failures = 0
        edge[instance].overruns = 0
        edge[instance].notBefore = min(edge[instance].notBefore, edge.now)
        // As at first, and not cut to what it can have: what cannot fit is to be refused, not tried.
        edge.recount(instance) {
            $0.resting = resting
            $0.peak = peak
        }
        if wasWanted { requestLoad(instance, &effects) }
    }

    /// The files cannot be loaded: nobody waits for them.
    mutating func giveUpModel(_ instance: InstanceID, _ effects: inout [Effect]) {
        guard isOutOfUse(instance) else { return }
        takeBackLoad(of: instance)
        if edge[instance].phase == .reserved { withdraw(instance) }
        edge[instance].isWanted = false
        edge[instance].isUnusable = true
        refuseQueue(of: instance, .engineFailed, .modelFailed, &effects)
    }

    /// Whether it is neither resident nor leaving: what those have loaded stays as it is.
    private func isOutOfUse(_ instance: InstanceID) -> Bool {
        let phase = edge[instance].phase
        return phase == .absent || phase == .reserved || phase == .loading
    }

    /// The driver has not started the engine after all; nobody has failed.
    private mutating func takeBackLoad(of instance: InstanceID) {
        guard edge[instance].phase == .loading else { return }
        chargeLoadEnded(of: instance, isGood: false)
        leaveMemory(instance)
        edge[instance].isWanted = false
    }
}

extension Instance {
    /// Whether its engine may be started at that instant, as far as it is up to the model.
    @inline(__always)
    func mayBegin(_ now: Time) -> Bool { !isUnusable && notBefore <= now }
}
