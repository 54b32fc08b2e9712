import EmberCore

/// A request that an upstream is slow to answer, begun at the edge too.
struct Hedge: Sendable {
    let ticket: Ticket
    let route: EdgeRoute
}

extension Coordinator {
    /// Begins an offloaded request at the edge too, where that takes no other request's place; nil: it has not begun.
    ///
    /// To the planner the hedge is a request of its own, which runs at once or not at all. It ends as any other, or by
    /// `endRace`.
    ///
    /// - Parameter tokens: the bound of what it may have of the engine's pool; 0: it counts none.
    func hedge(_ ticket: Ticket, tokens: Int = 0) -> Hedge? {
        guard !drain.hasBegun, requests.contains(ticket) else { return nil }
        let request = requests[ticket.request]
        guard request.isOffloaded, !request.isUnfit, !isSuspect(request), hasFreePlace(for: ticket.model, tokens) else {
            return nil
        }
        let hedge = requests.open(request.service, ticket.model, request.cloud.size)
        requests[hedge.request].trail = request.trail
        requests[hedge.request].isHedge = true
        requests[hedge.request].figures = request.figures
        note(hedge.request, "hedged")
        var terms = RequestTerms.nowOrNever
        terms.tokens = tokens
        handle(
            .requestArrived(
                hedge.request, service: request.service, model: ticket.model, offloadable: false, terms: terms))
        guard case .edge(let route)? = requests.takeOutcome(of: hedge) else {
            // What was refused has ended with that; nothing else may stay behind.
            cancel(hedge)
            return nil
        }
        return Hedge(ticket: hedge, route: route)
    }

    /// Of a request and its hedge, the other one has a good answer: this one is given up as if its client had gone, and
    /// the winner is the request from now on.
    ///
    /// - Parameter isBilled: whether an upstream that has lost may charge for it all the same.
    func endRace(losing ticket: Ticket, to winner: Ticket, isBilled: Bool = true) {
        if requests.contains(winner) {
            requests[winner.request].isHedge = false
            let request = requests[winner.request]
            book.choose(winner.model, isCloud: request.isOffloaded, for: request.trail)
        }
        guard requests.contains(ticket) else { return }
        requests[ticket.request].isHedge = true
        note(ticket.request, requests[ticket.request].isOffloaded ? "hedge_won" : "hedge_lost")
        giveUp(ticket, isBilled: isBilled)
    }

    /// Whether an engine has died of such a request: it would have to run alone.
    private func isSuspect(_ request: RequestLife) -> Bool {
        guard let fingerprint = request.fingerprint else { return false }
        return fatal.deaths(of: fingerprint, on: deployment.instance(of: request.model)) > 0
    }

    /// Whether the model could work on a further request now, and no request waits for it. Nor may the waiting room be
    /// full: there, a request that does not run after all would take another's place.
    private func hasFreePlace(for model: ModelID, _ tokens: Int) -> Bool {
        guard deployment[model].engine != nil else { return false }
        let edge = self.edge
        let id = deployment.instance(of: model)
        let instance = edge.instances[id.index]
        return instance.phase == .resident && !instance.isDraining && edge.waiting(for: id) == 0
            && !instance.runsSuspect && instance.inFlight < edge.catalogue[instance.model].parallel
            && edge.waiting < edge.settings.queue.limit && edge[pool: id]?.fits(tokens) ?? true
    }
}
