// The life of a request: it arrives, waits or runs, and ends exactly once.
extension Planner {
    mutating func arrive(
        _ request: RequestID, _ service: ServiceID, _ model: ModelID, count: Int, offloadable: Bool,
        _ terms: RequestTerms, _ effects: inout [Effect]
    ) {
        let instance = edge.catalogue.instance(service, model)
        let latest = edge.now + min(edge.settings.maxWaitSeconds, terms.deadlineSeconds ?? .infinity)
        // The cloud needs its time as well, where it can still make it.
        let needed = offloadable && terms.deadlineSeconds != nil ? edge.measured[model.index].cloud.value ?? 0 : 0
        let lead = needed < latest - edge.now ? needed : 0
        requests.insert(
            request,
            RequestRecord(
                service: service, instance: instance, model: model, offloadable: offloadable, count: count,
                arrival: edge.now, terms: terms, due: latest + -lead, latest: latest))
        // What runs at once or not at all is somebody's hedge, who has been counted.
        let isHedge = terms.isHedge
        let isFit = mayServe(request, model)
        if isFit, !isHedge {
            edge.arrivals += count
            edge.countRequests(count, of: service, on: instance)
            policy.didRequest(instance, count: count, in: edge)
            planLook()
            if policy.requestsMayLower || knownScores.score(of: instance) != nil, isRanked(instance) { rank(instance) }
        }
        if edge.settings.time == .continuous, !isHedge, !edge.catalogue[service].standIns.isEmpty,
            !terms.unfit.contains(model)
        {
            chooseStandIn(for: request)
        }
        place(request, &effects)
    }

    /// Whether the edge has the model, and its engine can serve the request.
    @inline(__always)
    private func mayServe(_ request: RequestID, _ model: ModelID) -> Bool {
        edge.catalogue[model].placement == .edge
            && (requests[request].terms.unfit.isEmpty || !requests[request].terms.unfit.contains(model))
    }

    /// Lets the request run, wait or go, where it now wants to go.
    private mutating func place(_ request: RequestID, _ effects: inout [Effect]) {
        let (instance, model) = (requests[request].instance, requests[request].model)
        guard edge.catalogue[model].placement == .edge else { return offload(request, .cloudModel, &effects) }
        guard mayServe(request, model) else { return offload(request, .unfit, &effects) }
        if edge.settings.time == .continuous, turnAway(request, &effects) { return }
        switch edge[instance].phase {
        case .resident where !edge[instance].isDraining && requests[request].offloadable && !hasEnergy(for: request):
            offload(request, .energySpent, &effects)
        case .resident where !edge[instance].isDraining:
            requests[request].round = edge[instance].queue.round
            if edge[instance].waiting > 0 || !run(request, &effects) { enqueue(request, &effects) }
        case .resident, .leaving: offloadOrEnqueue(request, .draining, &effects)
        case .reserved, .loading: enqueue(request, &effects)
        case .absent: arriveAtAbsent(request, &effects)
        }
    }

    private mutating func arriveAtAbsent(_ request: RequestID, _ effects: inout [Effect]) {
        let instance = requests[request].instance
        if edge[instance].isUnusable { return offloadOrReject(request, .engineFailed, .modelFailed, &effects) }
        if !canEverFit(instance) { return offloadOrReject(request, .neverFits, .neverFits, &effects) }
        if isBarred(instance) { return offloadOrReject(request, .overBudget, .overBudget, &effects) }
        if edge.now < edge[instance].notBefore {
            if edge[instance].failures >= edge.settings.failureLimit {
                return offloadOrReject(request, .engineFailed, .modelFailed, &effects)
            }
            return offloadOrEnqueue(request, .engineFailed, &effects)
        }
        // What could not run then is not loaded for.
        if requests[request].offloadable, !hasEnergy(for: request) { return offload(request, .energySpent, &effects) }
        if edge[instance].waiting > 0 || isSomeoneStarving { return offloadOrEnqueue(request, .notAdmitted, &effects) }
        // Nothing is evicted for a request that then finds no place to wait.
        if requests[request].offloadable, !isQueueFull(for: instance) {
            var admission = weigh(instance, .policy, mayDrain: false)
            if admission.outcome != .admitted, let cheaper = loadCheaperThanCloud(for: request) { admission = cheaper }
            guard admission.outcome == .admitted else {
                explain(admission)
                return offload(request, .notAdmitted, &effects)
            }
            carryOut(admission, &effects)
            // Where the cloud is the sooner, the load is for those that follow.
            if edge.settings.time == .continuous, offloadIfCheaper(request, &effects) { return }
        }
        // A request that the cloud cannot take is admitted from the queue, which knows how long it has waited.
        enqueue(request, &effects)
    }

    /// Whether the edge's energy suffices for the request, as far as is known before it runs.
    private mutating func hasEnergy(for request: RequestID) -> Bool {
        guard edge.energy != nil else { return true }
        let (joules, now) = (expectedJoules(of: request), edge.now)
        return edge.energy?.hasRoom(for: joules, at: now) ?? true
    }

    private func expectedJoules(of request: RequestID) -> Double {
        let model = requests[request].model
        return edge.catalogue[model].costs.joules(
            tokens: edge.catalogue[model].typicalTokens * requests[request].count)
    }

    /// Runs a request on its resident instance; false when no slot, no energy or no memory for it is free, or a suspect would not be
    /// alone.
    mutating func run(_ request: RequestID, _ effects: inout [Effect]) -> Bool {
        let (instance, service) = (requests[request].instance, requests[request].service)
        let model = requests[request].model
        guard edge[instance].inFlight < edge.catalogue[edge[instance].model].parallel,
            edge[instance].inFlight == 0 || !(edge[instance].lastIsSuspect || requests[request].isSuspect),
            edge.hasMemoryForRequest(on: edge[instance]), hasEnergy(for: request)
        else { return false }
        reserveEnergy(for: request)
        let kappa = edge.ageOfContext(of: service, on: instance)
        requests[request].dispatched(
            at: edge.now, life: edge[instance].life, accuracy: edge.catalogue[model].accuracy.accuracy(at: kappa))
        edge[instance, service].isInMemory = true
        edge.requestBegan(on: instance)
        edge[instance].lastIsSuspect = requests[request].isSuspect
        effects.append(.dispatch(request, instance))
        return true
    }

    mutating func offload(_ request: RequestID, _ reason: OffloadReason, _ effects: inout [Effect]) {
        requests[request].state = .offloaded
        requests[request].begun = edge.now
        effects.append(.offload(request, reason))
    }

    mutating func reject(_ request: RequestID, _ rejection: Rejection, _ effects: inout [Effect]) {
        requests.remove(request)
        edge.ledger.countRejection()
        effects.append(.reject(request, rejection))
    }

    mutating func offloadOrReject(
        _ request: RequestID, _ reason: OffloadReason, _ rejection: Rejection, _ effects: inout [Effect]
    ) {
        guard requests[request].offloadable else { return reject(request, rejection, &effects) }
        offload(request, reason, &effects)
    }

    mutating func offloadOrEnqueue(_ request: RequestID, _ reason: OffloadReason, _ effects: inout [Effect]) {
        guard requests[request].offloadable else { return enqueue(request, &effects) }
        offload(request, reason, &effects)
    }

    mutating func finish(_ request: RequestID, tokens: Int, bill: Double, _ effects: inout [Effect]) {
        guard requests.isLive(request) else { return }
        switch requests[request].state {
        case .offloaded:
            chargeCloud(request, bill: bill)
            requests.remove(request)
        case .running:
            chargeEdge(request, tokens: tokens)
            settleEnergy(of: request, tokens: tokens)
            learn(from: request)
            requests.remove(request)
            release(request, &effects)
        case .waiting, .free: return
        }
    }

    private mutating func reserveEnergy(for request: RequestID) {
        edge.tokenEnergy.requestBegan()
        guard edge.energy != nil else { return }
        let joules = expectedJoules(of: request)
        requests[request].joules = joules
        edge.energy?.reserve(joules)
    }

    /// - Parameter tokens: nil when the request failed or was cancelled: then it is taken to have spent what was expected.
    private mutating func settleEnergy(of request: RequestID, tokens: Int?) {
        edge.tokenEnergy.requestEnded(tokens: tokens ?? 0)
        guard edge.energy != nil else { return }
        let (expected, now) = (requests[request].joules, edge.now)
        edge.energy?.release(expected)
        // What is measured of the machine has the request's energy in it.
        guard !edge.ledger.joulesAreMeasured else { return }
        let costs = edge.catalogue[requests[request].model].costs
        edge.energy?.spend(tokens.map { costs.joules(tokens: $0) } ?? expected, at: now)
    }

    /// The served request becomes a demonstration of its pair: at once, or at the end of the slot. An engine that has ended
    /// meanwhile has learnt nothing.
    private mutating func learn(from request: RequestID) {
        let (instance, service) = (requests[request].instance, requests[request].service)
        guard requests[request].life == edge[instance].life else { return }
        if edge[instance].failures > 0 { edge[instance].failures = 0 }
        if edge[instance].overruns > 0 { edge[instance].overruns = 0 }
        if edge[instance].deaths > 0 { edge[instance].deaths = 0 }
        guard edge.settings.time == .continuous else {
            edge[instance, service].servedInSlot += requests[request].count
            return
        }
        guard !edge[instance, service].isMeasured else { return }
        let (now, vanishing) = (edge.now, edge.catalogue[service].vanishing)
        let window = edge.catalogue.windowExamples(service, edge[instance].model)
        let count = requests[request].count
        edge.changeContext(of: service, on: instance) { context in
            for _ in 0..<count { context.serve(at: now, vanishing: vanishing, window: window) }
        }
    }

    mutating func fail(_ request: RequestID, retryable: Bool, _ effects: inout [Effect]) {
        guard requests.isLive(request) else { return }
        switch requests[request].state {
        case .offloaded: if retryable { comeBack(request, &effects) } else { requests.remove(request) }
        case .running:
            settleEnergy(of: request, tokens: nil)
            if retryable { tryAgain(request, &effects) } else { requests.remove(request) }
            release(request, &effects)
        case .waiting, .free: return
        }
    }

    /// The cloud has failed the request, which is tried at the edge now, as if it could not be offloaded.
    private mutating func comeBack(_ request: RequestID, _ effects: inout [Effect]) {
        requests[request].state = .waiting
        requests[request].attempts += 1
        requests[request].offloadable = false
        requests[request].due = requests[request].latest
        guard requests[request].attempts <= edge.settings.retryLimit,
            mayServe(request, requests[request].model)
        else { return reject(request, .cloudFailed, &effects) }
        place(request, &effects)
    }

    private mutating func tryAgain(_ request: RequestID, _ effects: inout [Effect]) {
        requests[request].state = .waiting
        requests[request].attempts += 1
        if requests[request].needsTooMuch {
            offloadOrReject(request, .overBudget, .requestNeedsTooMuch, &effects)
        } else if requests[request].allDeaths > 1 {
            offloadOrReject(request, .engineFailed, .engineFailed, &effects)
        } else if requests[request].countedAttempts > edge.settings.retryLimit {
            offloadOrReject(request, .engineFailed, .engineFailed, &effects)
        } else if isBarred(requests[request].instance) {
            offloadOrReject(request, .overBudget, .overBudget, &effects)
        } else if !edge[requests[request].instance].mayStart(edge.now, edge.settings) {
            offloadOrReject(request, .engineFailed, .modelFailed, &effects)
        } else if requests[request].offloadable {
            offload(request, .engineFailed, &effects)
        } else {
            enqueueAgain(request, &effects)
        }
    }

    mutating func cancel(_ request: RequestID, _ effects: inout [Effect]) {
        guard requests.isLive(request) else { return }
        let state = requests[request].state
        if state == .waiting { unqueue(request) }
        if state == .running { settleEnergy(of: request, tokens: nil) }
        requests.remove(request)
        if state == .running { release(request, &effects) }
        giveUpReservation(of: requests[request].instance)
    }

    /// A dispatched request no longer occupies its slot.
    private mutating func release(_ request: RequestID, _ effects: inout [Effect]) {
        let instance = requests[request].instance
        guard requests[request].life == edge[instance].life else { return }
        edge.requestEnded(on: instance)
        if edge[instance].isDraining, edge[instance].inFlight == 0 { beginUnload(instance, &effects) }
        rankIfFree(instance)
    }
}
