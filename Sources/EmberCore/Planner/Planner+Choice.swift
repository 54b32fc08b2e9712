// Where a request goes by what the places are expected to cost: a stand-in, the cloud, or nowhere where it would wait
// in vain (rules 15, 16 and 36 to 39).
extension Planner {
    /// Gives the request to a resident that may stand in, where that is expected to cost less than what it asks for.
    mutating func chooseStandIn(for request: RequestID) {
        let (service, asked) = (requests[request].service, requests[request].model)
        let (offloadable, size) = (requests[request].offloadable, requests[request].terms.size)
        var lowest = edge.alternatives(service, asked, offloadable: offloadable, size: size)[0].total
        // A variant cannot stand in: a dispatch names an instance, and that is its base's.
        for model in edge.catalogue[service].standIns where edge.catalogue[model].base == nil {
            let instance = edge.catalogue.instance(service, model)
            guard instance != edge.catalogue.instance(service, asked), edge[instance].isInService,
                !requests[request].terms.unfit.contains(model)
            else { continue }
            let total = edge.alternatives(service, model, offloadable: false, size: size)[0].total
            guard total < lowest else { continue }
            lowest = total
            requests[request].model = model
            requests[request].instance = instance
        }
    }

    /// A load that this one request pays for: it costs less at the edge than in the cloud even if all its victims have
    /// to be loaded again. Whatever the policy makes of the future, such a load is no loss.
    mutating func loadCheaperThanCloud(for request: RequestID) -> Admission? {
        guard edge.settings.weights != nil, edge.settings.time.requestsChoosePlaces, policy.loadsByCost else {
            return nil
        }
        let places = places(of: request)
        guard places[0].total < places[1].total else { return nil }
        let admission = weigh(requests[request].instance, .open, mayDrain: false)
        guard admission.outcome == .admitted else { return nil }
        let again = admission.victims.reduce(0) { $0 + edge.catalogue[edge[$1].model].loadCost }
        return places[0].total + again < places[1].total ? admission : nil
    }

    /// Sends the request away at once where the edge, or waiting for it, is not worth its while; false: it stays.
    mutating func turnAway(_ request: RequestID) -> Bool {
        let instance = requests[request].instance
        let mayBeLate = edge.settings.refusesHopeless || requests[request].terms.deadlineSeconds != nil
        if mayBeLate,
            edge.now + edge.expectedWait(for: instance, behind: ahead(of: request)) > requests[request].limits.latest
        {
            endLate(request)
            loadForOthers(after: request)
            return true
        }
        return edge[instance].phase != .absent && offloadIfCheaper(request)
    }

    /// Sends the request to the cloud if that costs less than the edge, or than waiting for it; false: it stays.
    mutating func offloadIfCheaper(_ request: RequestID) -> Bool {
        guard edge.settings.weights != nil, requests[request].offloadable else { return false }
        let places = places(of: request)
        let (edge, cloud) = (places[0].total, places[1].total)
        guard cloud < edge else { return false }
        if takesTrial(request, dearer: edge - cloud, cloud: cloud) {
            effects.append(.trial(request))
            return false
        }
        offload(request, .cheaper)
        return true
    }

    /// Rule 37.
    private mutating func takesTrial(_ request: RequestID, dearer: Double, cloud: Double) -> Bool {
        let (model, instance) = (requests[request].model, requests[request].instance)
        guard edge.catalogue[model].measured.contains(.inference) else { return false }
        let isIdle = edge[instance].isInService && !edge.isInUse(instance)
        return edge.costs.takesTrial(model, isIdle: isIdle, dearer: dearer, cloud: cloud)
    }

    /// The load would have taken too long for this request. It begins all the same for those that follow, which would
    /// otherwise all be turned away (rule 16).
    private mutating func loadForOthers(after request: RequestID) {
        // Its record is there until its id is used again.
        let (instance, isHedge) = (requests[request].instance, requests[request].terms.isHedge)
        guard !isHedge, edge[instance].phase == .absent, edge.room.count(for: instance) == 0,
            edge[instance].health.mayBegin(edge.now), edge.canEverFit(instance), !edge.isStarving
        else { return }
        let mayWaitForGate = requests[request].offloadable || edge.settings.gateWaitSeconds > 0
        let admission = weigh(instance, mayWaitForGate ? .policy : .open, mayDrain: false)
        guard admission.outcome == .admitted else { return explain(admission) }
        carryOut(admission)
    }

    /// The edge and the cloud, for a request that either may take.
    private func places(of request: RequestID) -> [Alternative] {
        let record = requests[request]
        return edge.alternatives(
            record.service, record.model, offloadable: true, size: record.terms.size, behind: ahead(of: request))
    }

    /// How many of those that wait where the request would wait have their turn before it. O(those).
    private func ahead(of request: RequestID) -> Int {
        edge.room.ahead(
            of: requests[request].flow, arrival: requests[request].arrival, for: requests[request].instance)
    }
}
