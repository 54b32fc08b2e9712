// A request arrives (rules 8 to 13), and is dispatched, offloaded or rejected.
extension Planner {
    mutating func arrive(
        _ request: RequestID, _ service: ServiceID, _ model: ModelID, count: Int, offloadable: Bool,
        _ terms: RequestTerms
    ) {
        let instance = edge.catalogue.instance(service, model)
        let latest = edge.now + min(edge.settings.maxWaitSeconds, terms.deadlineSeconds ?? .infinity)
        // The cloud needs its time as well, where it can still make it.
        let needed =
            offloadable && terms.deadlineSeconds != nil ? edge.costs.measured[model.index].cloud.value ?? 0 : 0
        let lead = needed < latest - edge.now ? needed : 0
        requests.insert(
            request,
            RequestRecord(
                service: service, instance: instance, model: model, offloadable: offloadable, count: count,
                arrival: edge.now, terms: terms, limits: RequestRecord.Limits(due: latest + -lead, latest: latest)))
        // A hedge runs at once or not at all; its request has been counted.
        let isHedge = terms.isHedge
        if !isHedge, mayServe(request, model) {
            edge.arrivals += count
            edge.contexts.countRequests(count, of: service, on: instance, at: edge.now, edge.catalogue)
            policy.didRequest(instance, count: count, in: edge)
            index.requestArrived(for: instance, mayLower: policy.requestsMayLower)
            planLook()
        }
        if edge.settings.time.requestsChoosePlaces, !isHedge, !edge.catalogue[service].standIns.isEmpty,
            !terms.unfit.contains(model)
        {
            chooseStandIn(for: request)
        }
        send(request)
    }

    /// Whether the edge has the model, and its engine can serve the request.
    @inline(__always)
    func mayServe(_ request: RequestID, _ model: ModelID) -> Bool {
        edge.catalogue[model].placement == .edge
            && (requests[request].terms.unfit.isEmpty || !requests[request].terms.unfit.contains(model))
    }

    /// Sends the request to where it runs, waits or ends.
    mutating func send(_ request: RequestID) {
        let (instance, model) = (requests[request].instance, requests[request].model)
        guard edge.catalogue[model].placement == .edge else { return offload(request, .cloudModel) }
        guard mayServe(request, model) else { return offload(request, .unfit) }
        if edge.settings.time.requestsChoosePlaces, turnAway(request) { return }
        switch edge[instance].phase {
        case .resident where !edge[instance].isDraining && requests[request].offloadable && !hasEnergy(for: request):
            offload(request, .energySpent)
        case .resident where !edge[instance].isDraining:
            requests[request].round = edge.room.round(of: instance)
            if edge.room.count(for: instance) > 0 || !run(request) { enqueue(request) }
        case .resident, .leaving: offloadOrEnqueue(request, .draining)
        case .reserved, .loading: enqueue(request)
        case .absent: sendToAbsent(request)
        }
    }

    /// Rule 12.
    private mutating func sendToAbsent(_ request: RequestID) {
        let instance = requests[request].instance
        if edge[instance].isUnusable { return offloadOrReject(request, .engineFailed, .modelFailed) }
        if !edge.canEverFit(instance) { return offloadOrReject(request, .neverFits, .neverFits) }
        if edge[instance].health.isBarred(edge.now) { return offloadOrReject(request, .overBudget, .overBudget) }
        if edge.now < edge[instance].notBefore {
            if edge[instance].failures >= edge.settings.failureLimit {
                return offloadOrReject(request, .engineFailed, .modelFailed)
            }
            return offloadOrEnqueue(request, .engineFailed)
        }
        // What could not run then is not loaded for.
        if requests[request].offloadable, !hasEnergy(for: request) { return offload(request, .energySpent) }
        if edge.room.count(for: instance) > 0 || edge.isStarving { return offloadOrEnqueue(request, .notAdmitted) }
        // Nothing is evicted for a request that then finds no place to wait.
        if requests[request].offloadable, !edge.room.isFull(edge.settings),
            !edge.room.isFull(for: instance, edge.settings)
        {
            var admission = weigh(instance, .policy, mayDrain: false)
            if admission.outcome != .admitted, let cheaper = loadCheaperThanCloud(for: request) { admission = cheaper }
            guard admission.outcome == .admitted else {
                explain(admission)
                return offload(request, .notAdmitted)
            }
            carryOut(admission)
            // Where the cloud is the sooner, the load is for those that follow.
            if edge.settings.time.requestsChoosePlaces, offloadIfCheaper(request) { return }
        }
        // A request that the cloud cannot take is admitted from the queue, which knows how long it has waited.
        enqueue(request)
    }

    /// Whether the edge's energy suffices for the request, as far as is known before it runs.
    @inline(__always)
    private mutating func hasEnergy(for request: RequestID) -> Bool {
        guard edge.costs.hasEnergyBudget else { return true }
        return edge.costs.hasEnergy(for: expectedJoules(of: request), at: edge.now)
    }

    private func expectedJoules(of request: RequestID) -> Double {
        let model = requests[request].model
        return edge.catalogue[model].costs.joules(
            tokens: edge.catalogue[model].typicalTokens * requests[request].count)
    }

    /// Dispatches a request to its resident instance (rules 5, 9, 26 and 41); false when no slot, no energy or no
    /// memory for it is free, or a suspect would not be alone.
    mutating func run(_ request: RequestID) -> Bool {
        let (instance, service) = (requests[request].instance, requests[request].service)
        let model = requests[request].model
        guard edge[instance].inFlight < edge.catalogue[edge[instance].model].parallel,
            edge[instance].inFlight == 0 || !(edge[instance].runsSuspect || requests[request].isSuspect),
            edge.memory.hasMemoryForRequest(on: instance), hasEnergy(for: request)
        else { return false }
        if edge.costs.hasEnergyBudget { requests[request].run.joules = expectedJoules(of: request) }
        edge.costs.reserveEnergy(requests[request].run.joules)
        let kappa = edge.ageOfContext(of: service, on: instance)
        requests[request].dispatched(
            at: edge.now, life: edge[instance].life, accuracy: edge.catalogue[model].accuracy.accuracy(at: kappa))
        edge.contexts.bringIntoMemory(service, on: instance, edge.catalogue)
        edge.memory.requestBegan(on: instance, isSuspect: requests[request].isSuspect, at: edge.now)
        effects.append(.dispatch(request, instance))
        return true
    }

    mutating func offload(_ request: RequestID, _ reason: OffloadReason) {
        requests[request].offloaded(at: edge.now)
        effects.append(.offload(request, reason))
    }

    mutating func reject(_ request: RequestID, _ rejection: Rejection) {
        requests.remove(request)
        edge.costs.countRejection()
        effects.append(.reject(request, rejection))
    }

    mutating func offloadOrReject(_ request: RequestID, _ reason: OffloadReason, _ rejection: Rejection) {
        guard requests[request].offloadable else { return reject(request, rejection) }
        offload(request, reason)
    }

    private mutating func offloadOrEnqueue(_ request: RequestID, _ reason: OffloadReason) {
        guard requests[request].offloadable else { return enqueue(request) }
        offload(request, reason)
    }
}
