// A request arrives (rules 8 to 16).
extension Planner {
    mutating func arrive(
        _ request: RequestID, _ service: ServiceID, _ model: ModelID, count: Int, offloadable: Bool,
        _ terms: RequestTerms
    ) {
        let instance = edge.catalogue.instance(service, model)
        let limits = RequestRecord.Limits(
            terms, at: edge.now, offloadable ? edge.costs.measured[model.index].cloud.value : nil, edge.settings)
        dispatcher.requests.insert(
            request,
            RequestRecord(
                service: service, instance: instance, model: model, offloadable: offloadable, count: count,
                arrival: edge.now, terms: terms, limits: limits))
        // A hedge runs at once or not at all; its request has been counted.
        let isHedge = terms.isHedge
        if !isHedge, dispatcher.mayServe(request, edge) {
            edge.arrivals += count
            edge.contexts.countRequests(count, of: service, on: instance, at: edge.now, edge.catalogue)
            residency.requestArrived(for: instance, count: count, edge)
        }
        if edge.settings.time.requestsChoosePlaces, !isHedge, !edge.catalogue[service].standIns.isEmpty,
            !edge.catalogue[model].isRetired, !terms.unfit.contains(model)
        {
            dispatcher.chooseStandIn(for: request, edge)
        }
        send(request)
    }

    /// Sends the request to where it runs, waits or ends.
    mutating func send(_ request: RequestID) {
        let (instance, model) = (dispatcher[request].instance, dispatcher[request].model)
        guard edge.catalogue[model].placement == .edge else { return dispatcher.offload(request, .cloudModel, edge) }
        guard dispatcher.mayServe(request, edge) else {
            return edge.catalogue[model].isRetired
                ? dispatcher.turnAway(request, .modelRemoved, .modelRemoved, &edge)
                : dispatcher.offload(request, .unfit, edge)
        }
        if edge.settings.time.requestsChoosePlaces, leavesAtOnce(request) { return }
        switch edge[instance].phase {
        case .resident where !edge[instance].isDraining: dispatcher.runOrEnqueue(request, &edge)
        case .resident, .leaving: dispatcher.offloadOrEnqueue(request, .draining, &edge)
        case .reserved, .loading: dispatcher.enqueue(request, &edge)
        case .absent: sendToAbsent(request)
        }
    }

    /// Whether the request goes away at once because the edge, or waiting for it, is not worth its while (rules 15, 16
    /// and 36).
    private mutating func leavesAtOnce(_ request: RequestID) -> Bool {
        let instance = dispatcher[request].instance
        let isAbsent = edge[instance].phase == .absent
        // No wait would bring it: rule 12 has the reason.
        if isAbsent, edge[instance].isUnusable || !edge.canEverFit(instance) { return false }
        if dispatcher.endIfHopeless(request, &edge) {
            loadForOthers(after: request)
            return true
        }
        return !isAbsent && dispatcher.offloadIfCheaper(request, &edge)
    }

    /// Rule 12.
    private mutating func sendToAbsent(_ request: RequestID) {
        let instance = dispatcher[request].instance
        let health = edge[instance].health
        if health.isUnusable { return dispatcher.turnAway(request, .engineFailed, .modelFailed, &edge) }
        if !edge.canEverFit(instance) { return dispatcher.turnAway(request, .neverFits, .neverFits, &edge) }
        if health.isBarred(edge.now) { return dispatcher.turnAway(request, .overBudget, .overBudget, &edge) }
        if edge.now < health.notBefore {
            return health.failures >= edge.settings.failures.failureLimit
                ? dispatcher.turnAway(request, .engineFailed, .modelFailed, &edge)
                : dispatcher.offloadOrEnqueue(request, .engineFailed, &edge)
        }
        // What could not run then is not loaded for.
        if dispatcher[request].offloadable, !dispatcher.hasEnergy(for: request, &edge) {
            return dispatcher.offload(request, .energySpent, edge)
        }
        if edge.room.count(for: instance) > 0 || edge.isStarving(beside: instance) {
            return dispatcher.offloadOrEnqueue(request, .notAdmitted, &edge)
        }
        // Nothing is evicted for a request that then finds no place to wait.
        if dispatcher[request].offloadable, !edge.room.isFull(edge.settings),
            !edge.room.isFull(for: instance, edge.settings)
        {
            guard admit(for: request) else { return dispatcher.offload(request, .notAdmitted, edge) }
            // Where the cloud is the sooner, the load is for those that follow.
            if edge.settings.time.requestsChoosePlaces, dispatcher.offloadIfCheaper(request, &edge) { return }
        }
        // A request that the cloud cannot take is admitted from the queue, which knows how long it has waited.
        dispatcher.enqueue(request, &edge)
    }

    /// Admits the absent instance of a request that the cloud may take, if the policy's gate does, or the costs of this
    /// request alone (rule 38).
    private mutating func admit(for request: RequestID) -> Bool {
        let instance = dispatcher[request].instance
        var admission = residency.weigh(instance, .policy, mayDrain: false, &edge)
        if admission.outcome != .admitted, edge.settings.weights != nil, edge.settings.time.requestsChoosePlaces,
            let cheaper = residency.weighByCost(instance, edge.expectedCosts(of: dispatcher[request]), &edge)
        {
            admission = cheaper
        }
        conclude(admission)
        return admission.outcome == .admitted
    }

    /// The load would have taken too long for this request. It begins all the same for those that follow, which would
    /// otherwise all be turned away (rule 16).
    private mutating func loadForOthers(after request: RequestID) {
        // Its record is there until its id is used again.
        let (instance, isHedge) = (dispatcher[request].instance, dispatcher[request].terms.isHedge)
        guard !isHedge, edge[instance].phase == .absent, edge.room.count(for: instance) == 0,
            edge[instance].health.mayBegin(edge.now), edge.canEverFit(instance), !edge.isStarving(beside: instance)
        else { return }
        let mayWaitForGate = dispatcher[request].offloadable || edge.settings.queue.gateWaitSeconds > 0
        conclude(residency.weigh(instance, mayWaitForGate ? .policy : .open, mayDrain: false, &edge))
    }
}
