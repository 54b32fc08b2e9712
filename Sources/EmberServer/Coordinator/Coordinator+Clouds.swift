import EmberCore

// Upstreams: what is set aside for them, who is asked next, and what it has cost.
extension Coordinator {
    /// Sets money aside where the cloud may be asked.
    ///
    /// - Returns: why it must not be asked now; nil where it may, or where there is none to ask.
    func reserveCloud(
        for request: RequestID, _ service: ServiceID, _ model: ModelID, _ size: CloudRequestSize
    ) -> CloudRefusal? {
        let name = deployment.catalogue[service].name
        switch clouds.reserve(deployment[model].clouds, service: name, size, at: now) {
        case nil: return nil
        case .success(let reservation):
            requests.reserve(reservation, for: request)
            return nil
        case .failure(let refusal): return refusal
        }
    }

    /// Adds what the request is expected to cost at the upstream that may have it, by what the edge's requests are like.
    func withExpectedBill(_ terms: RequestTerms, of request: RequestID) -> RequestTerms {
        guard let size = terms.size, let prices = requests.reservation(of: request)?.target.prices,
            let tokens = planner.edge.measured[requests.model(of: request).index].rates.expectedTokens(size)
        else { return terms }
        var terms = terms
        terms.size?.bill = prices.price(input: tokens.prompt, output: tokens.answer)
        return terms
    }

    /// Sends the request to another upstream, if one is left; false: none is.
    func askNextUpstream(_ request: RequestID, after failed: CloudTarget) -> Bool {
        requests.noteFailure(of: failed, for: request)
        let (service, size, tried) = requests.offloading(of: request)
        let targets = deployment[requests.model(of: request)].clouds
        let next = clouds.reserve(
            targets, service: deployment.catalogue[service].name, size, except: tried, at: now)
        guard case .success(let reservation)? = next, let reason = requests.offloadReason(of: request) else {
            return false
        }
        requests.reserve(reservation, for: request)
        send(request, reservation, reason)
        return true
    }

    func send(_ request: RequestID, _ reservation: CloudReservation, _ reason: OffloadReason) {
        note(request, "cloud", why: "\(reason), to \(reservation.target.upstream.name)")
        clouds.willSend(reservation, at: now)
        requests.settle(request, .cloud(reservation.target, reason))
    }

    /// How an upstream has answered: nil for well.
    func note(_ target: CloudTarget, _ failure: Breaker.Failure?) {
        clouds.note(target.upstream.name, failure, at: now)
    }

    /// Gives back what was set aside for the request, but for what it has cost; nothing, where it did not leave the edge.
    ///
    /// - Returns: what it has cost.
    @discardableResult
    func settle(_ request: RequestID, _ price: (CloudReservation) -> Double) -> Double {
        guard let reservation = requests.takeReservation(of: request) else { return 0 }
        let spent = requests.isOffloaded(request) ? min(price(reservation), reservation.amount) : nil
        clouds.settle(reservation, spent: spent)
        return spent ?? 0
    }
}
