// A request ends, or is tried again (rules 21 and 22).
extension Dispatcher {
    /// - Returns: the instance that was draining and runs nothing any more, so that it can leave.
    @inline(__always)
    mutating func finish(
        _ request: RequestID, tokens: Int, bill: Double, work: EngineWork?, _ edge: inout EdgeState
    ) -> InstanceID? {
        guard requests.isLive(request) else { return nil }
        let record = requests[request]
        switch record.state {
        case .offloaded:
            requests.remove(request)
            edge.costs.chargeCloud(record, bill: bill, at: edge.now, &edge.catalogue)
            return nil
        case .running:
            requests.remove(request)
            edge.costs.chargeEdge(record, tokens: tokens, work: work, at: edge.now, &edge.catalogue)
            edge.costs.spendEnergy(of: record, tokens: tokens, at: edge.now, edge.catalogue)
            learn(from: record, &edge)
            return release(record, &edge)
        case .waiting, .free: return nil
        }
    }

    /// A request has failed; one that can be tried again goes to where it may.
    ///
    /// - Returns: the instance that was draining and runs nothing any more, so that it can leave.
    mutating func fail(_ request: RequestID, retryable: Bool, _ edge: inout EdgeState) -> InstanceID? {
        guard requests.isLive(request) else { return nil }
        switch requests[request].state {
        case .offloaded:
            requests.remove(request)
            return nil
        case .running:
            edge.costs.spendEnergy(of: requests[request], tokens: nil, at: edge.now, edge.catalogue)
            if retryable { tryAgain(request, &edge) } else { requests.remove(request) }
            return release(requests[request], &edge)
        case .waiting, .free: return nil
        }
    }

    private mutating func tryAgain(_ request: RequestID, _ edge: inout EdgeState) {
        requests[request].failed()
        let (tries, health) = (requests[request].tries, edge[requests[request].instance].health)
        if edge.catalogue[requests[request].model].isRetired {
            turnAway(request, .modelRemoved, .modelRemoved, &edge)
        } else if tries.needsTooMuch {
            turnAway(request, .overBudget, .requestNeedsTooMuch, &edge)
        } else if requests[request].allDeaths > 1 || tries.counted > edge.settings.failures.retryLimit {
            turnAway(request, .engineFailed, .engineFailed, &edge)
        } else if health.isBarred(edge.now) {
            turnAway(request, .overBudget, .overBudget, &edge)
        } else if !health.mayStart(edge.now, edge.settings) {
            turnAway(request, .engineFailed, .modelFailed, &edge)
        } else if requests[request].offloadable {
            offload(request, .engineFailed, edge)
        } else {
            enqueueAgain(request, &edge)
        }
    }

    /// The cloud has failed a request that can be tried again: it arrives once more, as if it could not be offloaded.
    ///
    /// - Returns: false when the request is not in the cloud, or must end; then it has ended.
    mutating func comeBack(_ request: RequestID, _ edge: inout EdgeState) -> Bool {
        guard requests.isLive(request), requests[request].state == .offloaded else { return false }
        requests[request].cameBack()
        guard requests[request].tries.attempts <= edge.settings.failures.retryLimit, mayServe(request, edge) else {
            reject(request, .cloudFailed, &edge)
            return false
        }
        return true
    }

    /// - Returns: the instance that was draining and runs nothing any more, so that it can leave.
    mutating func cancel(_ request: RequestID, _ edge: inout EdgeState) -> InstanceID? {
        guard requests.isLive(request) else { return nil }
        let state = requests[request].state
        if state == .waiting { edge.room.leave(request) }
        if state == .running {
            edge.costs.spendEnergy(of: requests[request], tokens: nil, at: edge.now, edge.catalogue)
        }
        requests.remove(request)
        edge.withdrawUnwanted(requests[request].instance)
        return state == .running ? release(requests[request], &edge) : nil
    }

    /// The served request becomes a demonstration of its pair. An engine that has ended meanwhile has learnt nothing.
    @inline(__always)
    private func learn(from record: RequestRecord, _ edge: inout EdgeState) {
        guard record.run.life == edge[record.instance].life else { return }
        edge.memory[health: record.instance].answered()
        edge.contexts.serve(record.count, of: record.service, on: record.instance, at: edge.now, edge.catalogue)
    }

    /// A dispatched request has left its slot.
    ///
    /// - Returns: its instance, if that was draining and runs nothing any more, so that it can leave.
    @inline(__always)
    private func release(_ record: RequestRecord, _ edge: inout EdgeState) -> InstanceID? {
        guard record.run.life == edge[record.instance].life else { return nil }
        edge.tokens?.release(record.terms.tokens, on: record.instance)
        return edge.memory.requestEnded(on: record.instance, at: edge.now) ? record.instance : nil
    }
}
