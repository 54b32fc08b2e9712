// The life of a request: it arrives, waits or runs, and ends exactly once.
extension Planner {
    mutating func arrive(
        _ request: RequestID, service: ServiceID, model: ModelID, count: Int, offloadable: Bool,
        _ effects: inout [Effect]
    ) {
        let instance = edge.catalogue.instance(service, model)
        var record = RequestRecord()
        record.state = .waiting
        record.service = service
        record.model = model
        record.instance = instance
        record.offloadable = offloadable
        record.count = count
        record.arrival = edge.now
        requests.insert(request, record)
        guard edge.catalogue[model].placement == .edge else { return offload(request, .cloudModel, &effects) }

        edge.countRequests(count, of: edge.catalogue.pair(service, model))
        policy.didRequest(instance, count: count, in: edge)
        if policy.requestsMayLower || knownScores.score(of: instance) != nil, ranking.contains(instance) {
            rank(instance)
        }
        switch edge[instance].phase {
        case .resident where !edge[instance].isDraining && offloadable && !hasEnergy(for: request):
            offload(request, .energySpent, &effects)
        case .resident where !edge[instance].isDraining:
            if edge[instance].waiting > 0 || !run(request, &effects) { enqueue(request, &effects) }
        case .resident, .leaving: offloadOrEnqueue(request, .draining, &effects)
        case .reserved, .loading: enqueue(request, &effects)
        case .absent: arriveAtAbsent(request, &effects)
        }
    }

    private mutating func arriveAtAbsent(_ request: RequestID, _ effects: inout [Effect]) {
        let instance = requests[request].instance
        if !canEverFit(instance) { return offloadOrReject(request, .neverFits, .neverFits, &effects) }
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
            let admission = weigh(instance, isGated: true, mayDrain: false)
            guard admission.outcome == .admitted else {
                explain(admission)
                return offload(request, .notAdmitted, &effects)
            }
            carryOut(admission, &effects)
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

    /// Runs a request on its resident instance; false when no slot, no energy or no memory for its context is free.
    mutating func run(_ request: RequestID, _ effects: inout [Effect]) -> Bool {
        let record = requests[request]
        let pair = edge.catalogue.pair(record.service, record.model)
        guard edge[record.instance].inFlight < edge.catalogue[record.model].parallel else { return false }
        guard hasEnergy(for: request) else { return false }
        guard attachContext(of: pair, to: record.instance, &effects) else { return false }
        requests[request].state = .running
        reserveEnergy(for: request)
        requests[request].life = edge[record.instance].life
        requests[request].accuracy = edge.catalogue[record.model].accuracy.accuracy(at: edge.ageOfContext(of: pair))
        edge[context: pair].inFlight += 1
        edge[record.instance].inFlight += 1
        edge[record.instance].lastUsed = edge.now
        effects.append(.dispatch(request, record.instance))
        return true
    }

    mutating func offload(_ request: RequestID, _ reason: OffloadReason, _ effects: inout [Effect]) {
        requests[request].state = .offloaded
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

    mutating func finish(_ request: RequestID, tokens: Int, _ effects: inout [Effect]) {
        guard requests.isLive(request) else { return }
        let record = requests[request]
        switch record.state {
        case .offloaded: edge.ledger.chargeCloud(of: edge.catalogue[record.model], requests: record.count)
        case .running:
            edge.ledger.chargeEdge(
                of: edge.catalogue[record.model], accuracy: record.accuracy, tokens: tokens, requests: record.count)
            settleEnergy(of: record, tokens: tokens)
            if record.life == edge[record.instance].life {
                learn(from: record)
                edge[record.instance].failures = 0
            }
        case .waiting, .free: return
        }
        requests.remove(request)
        if record.state == .running { release(record, &effects) }
    }

    private mutating func reserveEnergy(for request: RequestID) {
        guard edge.energy != nil else { return }
        let joules = expectedJoules(of: request)
        requests[request].joules = joules
        edge.energy?.reserve(joules)
    }

    /// - Parameter tokens: nil when the request failed or was cancelled: then it is taken to have spent what was expected.
    private mutating func settleEnergy(of record: RequestRecord, tokens: Int?) {
        guard edge.energy != nil else { return }
        let joules = tokens.map { edge.catalogue[record.model].costs.joules(tokens: $0) } ?? record.joules
        let now = edge.now
        edge.energy?.settle(expected: record.joules, joules, at: now)
    }

    /// The served request becomes a demonstration of its pair: at once, or at the end of the slot.
    private mutating func learn(from record: RequestRecord) {
        let pair = edge.catalogue.pair(record.service, record.model)
        guard edge.settings.time == .continuous else {
            edge[context: pair].servedInSlot += record.count
            return
        }
        for _ in 0..<record.count {
            edge[context: pair].state.serve(
                at: edge.now, vanishing: edge.catalogue[record.service].vanishing,
                window: edge.catalogue.windowExamples(of: pair))
        }
    }

    mutating func fail(_ request: RequestID, retryable: Bool, _ effects: inout [Effect]) {
        guard requests.isLive(request), requests[request].state != .waiting else { return }
        let record = requests[request]
        if record.state == .running { settleEnergy(of: record, tokens: nil) }
        guard record.state == .running, retryable else {
            requests.remove(request)
            if record.state == .running { release(record, &effects) }
            return
        }
        requests[request].state = .waiting
        requests[request].attempts += 1
        if requests[request].attempts > edge.settings.retryLimit {
            offloadOrReject(request, .engineFailed, .engineFailed, &effects)
        } else if !edge[record.instance].mayStart(edge.now, edge.settings) {
            offloadOrReject(request, .engineFailed, .modelFailed, &effects)
        } else if record.offloadable {
            offload(request, .engineFailed, &effects)
        } else {
            enqueueAgain(request, &effects)
        }
        release(record, &effects)
    }

    mutating func cancel(_ request: RequestID, _ effects: inout [Effect]) {
        guard requests.isLive(request) else { return }
        let record = requests[request]
        if record.state == .waiting { unqueue(request) }
        if record.state == .running { settleEnergy(of: record, tokens: nil) }
        requests.remove(request)
        if record.state == .running { release(record, &effects) }
        giveUpReservation(of: record.instance)
    }

    /// A dispatched request no longer occupies its slot.
    private mutating func release(_ record: RequestRecord, _ effects: inout [Effect]) {
        let instance = record.instance
        guard record.life == edge[instance].life else { return }
        edge[context: edge.catalogue.pair(record.service, record.model)].inFlight -= 1
        edge[instance].inFlight -= 1
        edge[instance].lastUsed = edge.now
        if edge[instance].isDraining, edge[instance].inFlight == 0 { beginUnload(instance, &effects) }
        rankIfFree(instance)
    }
}
