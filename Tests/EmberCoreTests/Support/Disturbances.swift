import EmberCore

// What befalls a server besides requests: deaths, measurements, operators, and words that fit nothing.
extension SimulatedEdge {
    mutating func disturb() {
        let faults = scenario.faults
        let instance = InstanceID(lots.whole(0...(scenario.catalogue.instanceCount - 1)))
        let isOnEdge = scenario.catalogue[scenario.catalogue.model(of: instance)].placement == .edge
        if lots.happens(faults.engineDies), audit.isResident(instance) { die(instance) }
        if lots.happens(faults.measured), isOnEdge { measure(instance) }
        if lots.happens(faults.contextMeasured), isOnEdge { measureContext(instance) }
        if lots.happens(faults.operatorActs), isOnEdge {
            send(lots.happens(0.5) ? .loadRequested(instance) : .unloadRequested(instance))
        }
        if lots.happens(faults.policyChanged) {
            let policies = PolicyCatalog.names
            send(.policyChanged(policies[lots.whole(0...(policies.count - 1))], seed: UInt64(lots.whole(0...9))))
        }
        if lots.happens(faults.misfit) { sendMisfit(instance) }
        if lots.happens(faults.spuriousTick) { send(.tick) }
    }

    private mutating func die(_ instance: InstanceID) {
        let orphans = audit.running(on: instance)
        send(.engineDied(instance))
        for orphan in orphans {
            runs[orphan] = count()
            agenda.plan(.orphanEnds(orphan, run: counter), at: clock + lots.number(0...3))
        }
    }

    private mutating func measure(_ instance: InstanceID) {
        let estimate = planner.edge[instance].footprint.count
        let measured = max(1, Int(Double(estimate) * lots.number(0.4...1.5)))
        send(.footprintMeasured(instance, Bytes(measured)))
    }

    /// Of any service, attached or not; sometimes more than the window holds, or worth more than there is.
    private mutating func measureContext(_ instance: InstanceID) {
        let service = ServiceID(lots.whole(0...(scenario.catalogue.services.count - 1)))
        send(
            .contextMeasured(
                service, scenario.catalogue.model(of: instance), examples: Double(lots.whole(0...30)),
                worth: lots.number(0...20)))
    }

    private mutating func sendMisfit(_ instance: InstanceID) {
        let events: [Event] = [
            .loadFinished(instance), .loadFailed(instance), .unloadFinished(instance), .engineDied(instance),
        ]
        let event = events[lots.whole(0...3)]
        if audit.isMisfit(event) { send(event) }
    }
}
