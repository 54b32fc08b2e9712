// A request ends, or is tried again (rules 21 and 22).
extension Planner {
    mutating func finish(_ request: RequestID, tokens: Int, bill: Double) {
        guard requests.isLive(request) else { return }
        switch requests[request].state {
        case .offloaded:
            edge.costs.chargeCloud(requests[request], bill: bill, at: edge.now, &edge.catalogue)
            requests.remove(request)
        case .running:
            edge.costs.chargeEdge(requests[request], tokens: tokens, at: edge.now, &edge.catalogue)
            edge.costs.spendEnergy(of: requests[request], tokens: tokens, at: edge.now, edge.catalogue)
            learn(from: request)
            requests.remove(request)
            release(request)
        case .waiting, .free: return
        }
    }

    /// The served request becomes a demonstration of its pair. An engine that has ended meanwhile has learnt nothing.
    private mutating func learn(from request: RequestID) {
        let (instance, service) = (requests[request].instance, requests[request].service)
        guard requests[request].run.life == edge[instance].life else { return }
        edge.memory[health: instance].answered()
        edge.contexts.serve(requests[request].count, of: service, on: instance, at: edge.now, edge.catalogue)
    }

    mutating func fail(_ request: RequestID, retryable: Bool) {
        guard requests.isLive(request) else { return }
        switch requests[request].state {
        case .offloaded: if retryable { comeBack(request) } else { requests.remove(request) }
        case .running:
            edge.costs.spendEnergy(of: requests[request], tokens: nil, at: edge.now, edge.catalogue)
            if retryable { tryAgain(request) } else { requests.remove(request) }
            release(request)
        case .waiting, .free: return
        }
    }

    /// The cloud has failed the request, which is tried at the edge now, as if it could not be offloaded.
    private mutating func comeBack(_ request: RequestID) {
        requests[request].cameBack()
        guard requests[request].tries.attempts <= edge.settings.retryLimit,
            mayServe(request, requests[request].model)
        else { return reject(request, .cloudFailed) }
        send(request)
    }

    private mutating func tryAgain(_ request: RequestID) {
        requests[request].failed()
        let (tries, health) = (requests[request].tries, edge[requests[request].instance].health)
        if tries.needsTooMuch {
            offloadOrReject(request, .overBudget, .requestNeedsTooMuch)
        } else if requests[request].allDeaths > 1 || tries.counted > edge.settings.retryLimit {
            offloadOrReject(request, .engineFailed, .engineFailed)
        } else if health.isBarred(edge.now) {
            offloadOrReject(request, .overBudget, .overBudget)
        } else if !health.mayStart(edge.now, edge.settings) {
            offloadOrReject(request, .engineFailed, .modelFailed)
        } else if requests[request].offloadable {
            offload(request, .engineFailed)
        } else {
            enqueueAgain(request)
        }
    }

    mutating func cancel(_ request: RequestID) {
        guard requests.isLive(request) else { return }
        let state = requests[request].state
        if state == .waiting { edge.room.leave(request) }
        if state == .running {
            edge.costs.spendEnergy(of: requests[request], tokens: nil, at: edge.now, edge.catalogue)
        }
        requests.remove(request)
        if state == .running { release(request) }
        giveUpReservation(of: requests[request].instance)
    }

    /// A dispatched request has left its slot. An instance that was draining leaves with its last one.
    private mutating func release(_ request: RequestID) {
        let instance = requests[request].instance
        guard requests[request].run.life == edge[instance].life else { return }
        if edge.memory.requestEnded(on: instance, at: edge.now) { beginUnload(instance, edge[instance].drain?.reason) }
    }
}
