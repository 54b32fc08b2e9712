/// Where each request is: it runs on an instance, waits for one, is in the cloud, or has ended. Nothing here depends on
/// the policy: where a request needs an instance that is absent, the planner decides.
///
/// It owns the records of live requests, and the effects of the event that is being handled.
struct Dispatcher: Codable, Sendable {
    var requests: RequestTable
    /// What the driver must do about the event; meanwhile the driver's own list.
    var effects: [Effect] = []

    /// Between two events there are no effects.
    private enum CodingKeys: CodingKey {
        case requests
    }

    init(_ requests: RequestTable) { self.requests = requests }

    // Lent, not copied.
    subscript(request: RequestID) -> RequestRecord {
        @inline(__always) _read { yield requests[request] }
    }

    /// Whether the edge has the model and keeps it, and its engine can serve the request.
    @inline(__always)
    func mayServe(_ request: RequestID, _ edge: EdgeState) -> Bool {
        edge.catalogue[requests[request].model].placement == .edge
            && !edge.catalogue[requests[request].model].isRetired
            && (requests[request].terms.unfit.isEmpty
                || !requests[request].terms.unfit.contains(requests[request].model))
    }

    /// Whether the edge's energy suffices for the request, as far as is known before it runs.
    @inline(__always)
    func hasEnergy(for request: RequestID, _ edge: inout EdgeState) -> Bool {
        guard edge.costs.hasEnergyBudget else { return true }
        return edge.costs.hasEnergy(for: edge.catalogue.expectedJoules(of: requests[request]), at: edge.now)
    }
}

extension Catalogue {
    /// What the request is expected to take at the edge.
    fileprivate func expectedJoules(of record: RequestRecord) -> Double {
        self[record.model].costs.joules(tokens: self[record.model].typicalTokens * record.count)
    }
}

// Where it goes.
extension Dispatcher {
    /// Dispatches a request to its resident instance (rules 5, 9, 26, 41 and 47); false when no slot, or no memory,
    /// energy or tokens for it are free, or a suspect would not be alone.
    mutating func run(_ request: RequestID, _ edge: inout EdgeState) -> Bool {
        let (instance, service) = (requests[request].instance, requests[request].service)
        let model = requests[request].model
        guard edge[instance].inFlight < edge.catalogue[edge[instance].model].parallel,
            edge[instance].inFlight == 0 || !(edge[instance].runsSuspect || requests[request].isSuspect),
            edge.memory.hasMemoryForRequest(on: instance),
            edge.tokens?.fits(requests[request].terms.tokens, on: instance) ?? true, hasEnergy(for: request, &edge)
        else { return false }
        if edge.costs.hasEnergyBudget {
            requests[request].run.joules = edge.catalogue.expectedJoules(of: requests[request])
        }
        edge.costs.reserveEnergy(requests[request].run.joules)
        let kappa = edge.ageOfContext(of: service, on: instance)
        requests[request].dispatched(
            at: edge.now, life: edge[instance].life, accuracy: edge.catalogue[model].accuracy.accuracy(at: kappa))
        edge.contexts.bringIntoMemory(service, on: instance, edge.catalogue)
        edge.memory.requestBegan(on: instance, isSuspect: requests[request].isSuspect, at: edge.now)
        letGo(of: edge.tokens?.reserve(requests[request].terms.tokens, on: instance), on: instance)
        effects.append(.dispatch(request, instance))
        return true
    }

    mutating func offload(_ request: RequestID, _ reason: OffloadReason, _ edge: EdgeState) {
        requests[request].offloaded(at: edge.now)
        effects.append(.offload(request, reason))
    }

    mutating func reject(_ request: RequestID, _ rejection: Rejection, _ edge: inout EdgeState) {
        requests.remove(request)
        edge.costs.countRejection()
        effects.append(.reject(request, rejection))
    }

    mutating func turnAway(
        _ request: RequestID, _ reason: OffloadReason, _ rejection: Rejection, _ edge: inout EdgeState
    ) {
        guard requests[request].offloadable else { return reject(request, rejection, &edge) }
        offload(request, reason, edge)
    }

    mutating func offloadOrEnqueue(_ request: RequestID, _ reason: OffloadReason, _ edge: inout EdgeState) {
        guard requests[request].offloadable else { return enqueue(request, &edge) }
        offload(request, reason, edge)
    }

    /// A request for a resident in service (rule 9).
    @inline(__always)
    mutating func runOrEnqueue(_ request: RequestID, _ edge: inout EdgeState) {
        let instance = requests[request].instance
        if requests[request].offloadable, !hasEnergy(for: request, &edge) {
            return offload(request, .energySpent, edge)
        }
        requests[request].round = edge.room.round(of: instance)
        if edge.room.count(for: instance) > 0 || !run(request, &edge) { enqueue(request, &edge) }
    }
}

// By what the places are expected to cost.
extension Dispatcher {
    /// Gives the request to a resident that may stand in, where that is expected to cost less than what it asks for
    /// (rule 39).
    mutating func chooseStandIn(for request: RequestID, _ edge: EdgeState) {
        guard let model = edge.standIn(for: requests[request]) else { return }
        requests[request].model = model
        requests[request].instance = edge.catalogue.instance(requests[request].service, model)
    }

    /// Sends the request to the cloud if that costs less than the edge, or than waiting for it; false: it stays (rules
    /// 36 and 37).
    mutating func offloadIfCheaper(_ request: RequestID, _ edge: inout EdgeState) -> Bool {
        guard edge.settings.weights != nil, requests[request].offloadable else { return false }
        let costs = edge.expectedCosts(of: requests[request])
        guard costs.cloud < costs.edge else { return false }
        let (model, instance) = (requests[request].model, requests[request].instance)
        if edge.catalogue[model].measured.contains(.inference) {
            let isIdle = edge[instance].isInService && !edge.isInUse(instance)
            if edge.costs.takesTrial(model, isIdle: isIdle, dearer: costs.edge - costs.cloud, cloud: costs.cloud) {
                effects.append(.trial(request))
                return false
            }
        }
        offload(request, .cheaper, edge)
        return true
    }

    /// Ends a request that would wait for longer than it may; false: it stays (rule 15).
    mutating func endIfHopeless(_ request: RequestID, _ edge: inout EdgeState) -> Bool {
        guard edge.settings.refusesHopeless || requests[request].terms.deadlineSeconds != nil,
            edge.isHopeless(requests[request])
        else { return false }
        endLate(request, &edge)
        return true
    }
}
