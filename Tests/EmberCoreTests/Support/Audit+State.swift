import EmberCore

// What must hold after every event.
extension Audit {
    func check(_ planner: any Planning, after event: Event) {
        violations += planner.brokenInvariants()
        if let wake = planner.nextWake { expect(wake > now, "nextWake \(wake) is not after \(now)") }
        let edge = planner.edge
        for (request, record) in live {
            expect(record.state != .arriving && record.state != .failing, "no effect settles \(request)")
            expect(
                record.state != .waiting || now < record.came + mostWaitSeconds,
                "\(request) has waited too long")
        }
        checkMemory(edge, after: event)
        takeReservations(edge)
        for instance in edge.instances.indices.map({ InstanceID($0) }) {
            check(instance, edge)
            checkTokens(of: instance, edge)
        }
    }

    private func checkMemory(_ edge: EdgeState, after event: Event) {
        let isWithinBudget = edge.devices.allSatisfy { $0.occupied <= $0.budget && $0.committed <= $0.budget }
        expect(isWithinBudget || isOverBudgetAllowed, "memory exceeds the budget: \(edge.devices)")
        if isWithinBudget { isOverBudgetAllowed = false }
        let full = edge.devices.indices.filter { edge.devices[$0].committed > edge.devices[$0].budget }
        guard !full.isEmpty else { return }
        for (index, instance) in edge.instances.enumerated() where !isPinned(InstanceID(index)) {
            if let layout = edge.deviceLedger?.layout(of: InstanceID(index)) {
                guard layout.parts.contains(where: { full.contains($0.device) }) else { continue }
            }
            let stays = instance.phase == .reserved || (instance.phase == .resident && !instance.isDraining)
            expect(!stays, "instance \(index) is \(instance.phase) though the budget is exceeded")
        }
    }

    private func takeReservations(_ edge: EdgeState) {
        let now = Set(edge.instances.indices.map { InstanceID($0) }.filter { edge[$0].phase == .reserved })
        reservedForOthers.formUnion(now.subtracting(reserved).intersection(sentAway))
        reservedForOthers.formIntersection(now)
        (reserved, sentAway) = (now, [])
    }

    private func check(_ instance: InstanceID, _ edge: EdgeState) {
        let state = edge[instance]
        let waiting = waiting(for: instance)
        let isInMemory = [.loading, .resident, .leaving].contains(state.phase)
        expect(isInMemory == (memory[instance] != nil), "\(instance) is \(state.phase) but the engine is not")
        expect(state.footprint >= .zero, "\(instance) has a footprint of \(state.footprint)")
        // Those whose engine has failed keep their place: the limit held them once already.
        let fresh = waiting.count { live[$0]?.hasRun == false }
        expect(fresh <= mostQueue, "too many wait for \(instance)")
        if state.phase == .reserved {
            let isAhead = settings.prefetchSeconds != nil
            let mayHaveOthers = catalogue.services.contains { !$0.standIns.isEmpty }
            let isForOthers = reservedForOthers.contains(instance)
            expect(
                !waiting.isEmpty || wanted.contains(instance) || isForOthers || isAhead || mayHaveOthers,
                "\(instance) is reserved for no request")
        }
        guard state.phase == .resident, !state.isDraining, !waiting.isEmpty else { return }
        let model = catalogue[state.model]
        // Those of services with stand-ins wait where this shadow does not know, and hold up others all the same.
        let mayBeHeldUp = edge.waiting(for: instance) > waiting.count
        // A further one takes memory that is not free; the oracle knows when it is.
        let lacksMemory = state.inFlight > 0 && state.peak > .zero
        // A suspect runs alone.
        let isApart = state.inFlight > 0 && (state.runsSuspect || waiting.contains { live[$0]?.deaths ?? 0 > 0 })
        // The oracle knows when energy is spent.
        let mayLackEnergy = settings.energy.budget != nil
        let isHeldUp = state.inFlight >= model.parallel || isApart || mayBeHeldUp || mayLackEnergy || lacksMemory
        let lacksTokens = waiting.contains { edge[pool: instance]?.fits(live[$0]?.tokens ?? 0) == false }
        if lacksTokens, !isHeldUp { waitsForTokens += 1 }
        expect(
            isHeldUp || (lacksTokens && state.inFlight > 0), "\(waiting) wait though \(instance) has a free slot")
    }
}
