// What waits, and until when.
extension EdgeState {
    /// Whether a request has waited for the instance for at least that many seconds; see `nextWake` for the instant.
    func hasWaited(_ instance: InstanceID, _ seconds: Double) -> Bool {
        now >= room.waitingSince(instance) + seconds
    }

    /// Whether a request for an absent instance has waited beyond its patience, so that no younger newcomer is admitted
    /// before it (rule 19) that may be on a device where it may be.
    @inline(__always)
    func isStarving(beside newcomer: InstanceID) -> Bool {
        waiting > 0
            && room.instances.contains {
                self[$0].phase == .absent && self[$0].health.mayBegin(now)
                    && hasWaited($0, settings.queue.patienceSeconds)
                    && memory.devices?.mayMeet(newcomer.index, $0.index) ?? true
            }
    }

    /// When the planner wants a `tick` (rule 33).
    ///
    /// - Parameter look: when it next considers a load ahead of requests.
    func nextWake(look: Time?) -> Time? {
        var wake = Time.distantFuture
        func consider(_ time: Time) { if time > now { wake = min(wake, time) } }
        for instance in room.instances {
            let arrival = room.waitingSince(instance)
            consider(room.firstDue(for: instance))
            if let relief = costs.nextEnergyRelief(after: now) { consider(relief) }
            guard self[instance].phase == .absent else { continue }
            consider(arrival + settings.queue.gateWaitSeconds)
            consider(arrival + settings.queue.patienceSeconds)
            consider(self[instance].notBefore)
        }
        if let look { consider(look) }
        let someoneWaits = waiting > 0
        guard someoneWaits || catalogue.hasIdleTTL else { return wake == .distantFuture ? nil : wake }
        for instance in memory.inMemory where self[instance].phase == .resident {
            let protectedUntil = self[instance].protectedUntil(settings)
            if someoneWaits { consider(protectedUntil) }
            if let ttl = catalogue[self[instance].model].idleTTLSeconds, self[instance].inFlight == 0 {
                consider(max(self[instance].lastUsed + ttl, protectedUntil))
            }
        }
        return wake == .distantFuture ? nil : wake
    }
}
