import EmberCore

/// A request that an upstream is slow to answer, begun at the edge too.
struct Hedge: Sendable {
    let ticket: Ticket
    let route: EdgeRoute
}

extension Coordinator {
    /// Begins an offloaded request at the edge too, where that takes nobody's place; nil: it has not begun.
    ///
    /// To the planner the hedge is a request of its own, which runs at once or not at all. It ends as any other, or by `endRace`.
    func hedge(_ ticket: Ticket) -> Hedge? {
        guard !drain.hasBegun, requests.isLive(ticket), requests.isOffloaded(ticket.request),
            !requests.isUnfit(ticket.request), !isSuspect(ticket), hasFreePlace(for: ticket.model)
        else { return nil }
        let (service, size, _) = requests.offloading(of: ticket.request)
        let hedge = requests.open(service, ticket.model, size)
        requests.follow(hedge.request, by: requests.trail(of: ticket.request))
        requests.markHedge(hedge.request, true)
        note(hedge.request, "hedged")
        handle(
            .requestArrived(
                hedge.request, service: service, model: ticket.model, offloadable: false, terms: .nowOrNever))
        guard case .edge(let route)? = requests.takeOutcome(of: hedge) else {
            // What was refused has ended with that; nothing else may stay behind.
            cancel(hedge)
            return nil
        }
        return Hedge(ticket: hedge, route: route)
    }

    /// Of a request and its hedge, the other one has a good answer: this one is given up as if its client had gone, and the winner is the
    /// request from now on.
    ///
    /// - Parameter isBilled: whether an upstream that has lost may charge for it all the same.
    func endRace(losing ticket: Ticket, to winner: Ticket, isBilled: Bool = true) {
        if requests.isLive(winner) {
            requests.markHedge(winner.request, false)
            noteChoice(of: winner.model, isCloud: requests.isOffloaded(winner.request), for: winner.request)
        }
        guard requests.isLive(ticket) else { return }
        requests.markHedge(ticket.request, true)
        note(ticket.request, requests.isOffloaded(ticket.request) ? "hedge won" : "hedge lost")
        giveUp(ticket, isBilled: isBilled)
    }

    /// Whether an engine has died of such a request: it would have to run alone.
    private func isSuspect(_ ticket: Ticket) -> Bool {
        guard let fingerprint = requests.fingerprint(of: ticket.request) else { return false }
        return fatal.deaths(of: fingerprint, on: deployment.instance(of: ticket.model)) > 0
    }

    /// Whether the model could work on a further request now, and nobody waits for it. Nor may the waiting room be full: there,
    /// a request that does not run after all would take another's place.
    private func hasFreePlace(for model: ModelID) -> Bool {
        guard deployment[model].engine != nil else { return false }
        let edge = planner.edge
        let id = deployment.instance(of: model)
        let instance = edge.instances[id.index]
        return instance.phase == .resident && !instance.isDraining && edge.waiting(for: id) == 0
            && !instance.runsSuspect && instance.inFlight < edge.catalogue[instance.model].parallel
            && edge.waiting < edge.settings.queueLimit
    }
}
