import EmberCore

// What befalls a server besides requests: deaths, measurements, operators, and words that fit nothing.
extension SimulatedEdge {
    mutating func disturb() {
        let faults = scenario.faults
        let instance = InstanceID(lots.whole(0...(audit.catalogue.instanceCount - 1)))
        let isOnEdge = audit.catalogue[audit.catalogue.model(of: instance)].placement == .edge
        if lots.happens(faults.engineDies), audit.isResident(instance) { die(instance) }
        if lots.happens(faults.measured), isOnEdge { measure(instance) }
        if lots.happens(faults.contextMeasured), isOnEdge { measureContext(instance) }
        if lots.happens(faults.weightsCached), isOnEdge { cacheWeights(instance) }
        if lots.happens(faults.workReported), isOnEdge { work = reportedWork() }
        if lots.happens(faults.operatorActs), isOnEdge {
            send(lots.happens(0.5) ? .loadRequested(instance) : .unloadRequested(instance))
        }
        if lots.happens(faults.policyChanged) {
            let policies = PolicyCatalog.names
            send(.policyChanged(policies[lots.whole(0...(policies.count - 1))], seed: UInt64(lots.whole(0...9))))
        }
        if lots.happens(faults.misfit) { sendMisfit(instance) }
        if lots.happens(faults.spuriousTick) { send(.tick) }
        // Where there are none, no lot is drawn: the streams without them stay as they are.
        if faults.peaks > 0 {
            // More often where a single request is certain to be the cause.
            let chance = audit.running(on: instance).count == 1 ? 0.3 : 0.05
            if lots.happens(chance), audit.memory[instance].map({ $0.state != .stopping }) == true { overrun(instance) }
            if lots.happens(0.05), isOnEdge { send(.footprintForgotten(instance)) }
        }
        // Likewise.
        if faults.filesChange > 0, lots.happens(faults.filesChange), isOnEdge { changeFiles(of: instance) }
        // Likewise.
        if faults.catalogueChanges > 0, lots.happens(faults.catalogueChanges) { changeCatalogue() }
        // Likewise.
        if faults.settingsChange > 0, lots.happens(faults.settingsChange) { changeSettings() }
        // Where there are none, no lot is drawn: the streams without energy stay as they are.
        if scenario.energyReadings > 0, lots.happens(scenario.energyReadings) {
            send(.energyMeasured(joules: lots.happens(0.1) ? 0 : lots.number(0...40)))
        }
        // Likewise.
        if scenario.tokenReports > 0, lots.happens(scenario.tokenReports) { reportTokens() }
    }

    /// Now and then of a request that has ended, of an instance that is not in memory, or more than there can be.
    private mutating func reportTokens() {
        let (requests, instances) = (audit.live.keys.sorted(), audit.memory.keys.sorted())
        if lots.happens(0.5) {
            let isAny = requests.isEmpty || lots.happens(0.2)
            let request = isAny ? RequestID(lots.whole(0...nextID)) : requests[lots.whole(0...(requests.count - 1))]
            send(.tokensCounted(request, lots.whole(0...(lots.happens(0.5) ? 100 : 600))))
        } else {
            let isAny = instances.isEmpty || lots.happens(0.2)
            let instance =
                isAny
                ? InstanceID(lots.whole(0...(audit.catalogue.instanceCount - 1)))
                : instances[lots.whole(0...(instances.count - 1))]
            send(.tokensHeld(instance, lots.whole(0...1500)))
        }
    }

    /// As a driver would that reads its configuration again.
    private mutating func changeSettings() {
        var queue = planner.edge.settings.queue
        if lots.happens(0.5) { queue.limit = lots.whole(1...60) }
        if lots.happens(0.5) { queue.limitPerInstance = lots.whole(1...30) }
        if lots.happens(0.3) { queue.maxWaitSeconds = lots.number(5...60) }
        if lots.happens(0.3) { queue.patienceSeconds = lots.number(0...6) }
        if lots.happens(0.3) { queue.gateWaitSeconds = lots.number(0...2) }
        if lots.happens(0.3) { queue.residencyPerLoad = lots.number(0...2) }
        send(
            .settingsChanged(
                SettingsChange(
                    budget: Bytes(lots.whole(50...150)), queue: queue,
                    prefetchSeconds: lots.happens(0.5) ? lots.number(0.1...5) : nil)))
    }

    /// Now and then while it is in memory, where it must change nothing.
    private mutating func changeFiles(of instance: InstanceID) {
        if audit.memory[instance]?.state == .starting { starts[instance] = nil }
        if lots.happens(0.3) { return send(.modelUnusable(instance)) }
        let estimate = Bytes(lots.happens(0.15) ? lots.whole(101...130) : lots.whole(1...65))
        if lots.happens(0.7) { return send(.modelRead(instance, estimate: estimate, resting: estimate, peak: .zero)) }
        let peak = Bytes(lots.whole(0...30))
        send(.modelRead(instance, estimate: estimate, resting: Bytes(lots.whole(1...130)), peak: peak))
    }

    private mutating func die(_ instance: InstanceID) {
        let orphans = audit.running(on: instance)
        send(.engineDied(instance))
        end(orphans)
    }

    private mutating func measure(_ instance: InstanceID) {
        let estimate = planner.edge[instance].footprint.count
        let measured = max(1, Int(Double(estimate) * lots.number(0.4...1.5)))
        if lots.happens(scenario.faults.peaks) {
            send(.footprintMeasured(instance, Bytes(measured), peak: Bytes(lots.whole(0...70))))
        } else {
            send(.footprintMeasured(instance, Bytes(measured)))
        }
    }

    /// Its driver has ended it; what its next life is expected to take may fit or not.
    private mutating func overrun(_ instance: InstanceID) {
        let orphans = audit.running(on: instance)
        starts[instance] = nil
        send(
            .engineOverran(
                instance, resting: Bytes(lots.whole(1...130)), peak: Bytes(lots.whole(0...400))))
        end(orphans)
    }

    private mutating func end(_ orphans: [RequestID]) {
        for orphan in orphans {
            runs[orphan] = count()
            agenda.plan(.orphanEnds(orphan, run: counter), at: clock + lots.number(0...3))
        }
    }

    /// Of any service, in memory or not; sometimes more than the window holds, or worth more than there is.
    private mutating func measureContext(_ instance: InstanceID) {
        let service = ServiceID(lots.whole(0...(audit.catalogue.services.count - 1)))
        send(
            .contextMeasured(
                service, audit.catalogue.model(of: instance), examples: Double(lots.whole(0...30)),
                worth: lots.number(0...20)))
    }

    private mutating func cacheWeights(_ instance: InstanceID) {
        let share = [0, 1, lots.number(0...1)][lots.whole(0...2)]
        send(.weightsCached(audit.catalogue.model(of: instance), share: share))
    }

    /// Now and then of an engine that tells nothing, or had it all in its KV cache.
    private mutating func reportedWork() -> EngineWork {
        let tokens = lots.happens(0.1) ? 0 : lots.whole(1...5000)
        let computed = lots.happens(0.3) ? 0 : lots.whole(0...tokens)
        return EngineWork(
            promptBytes: lots.whole(0...20_000), promptTokens: tokens, prefillTokens: computed,
            prefillSeconds: lots.number(0...3), decodeTokens: lots.whole(0...200), decodeSeconds: lots.number(0...4))
    }

    private mutating func sendMisfit(_ instance: InstanceID) {
        let events: [Event] = [
            .loadFinished(instance), .loadFailed(instance), .unloadFinished(instance), .engineDied(instance),
            .engineOverran(instance, resting: Bytes(10), peak: Bytes(10)),
        ]
        let event = events[lots.whole(0...4)]
        if audit.isMisfit(event) { send(event) }
    }
}
