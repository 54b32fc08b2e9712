import EmberCore

// Upstreams: what is set aside for them, who is asked next, and what it has cost.
extension Coordinator {
    /// Sets money aside where the cloud may be asked.
    ///
    /// - Returns: why it must not be asked now; nil where it may, or where there is none to ask.
    func reserveCloud(for request: RequestID) -> CloudRefusal? {
        let life = requests[request]
        let name = deployment.catalogue[life.service].name
        switch clouds.reserve(deployment[life.model].clouds, service: name, life.cloud.size, at: now) {
        case nil: return nil
        case .success(let reservation):
            requests[request].cloud.reservation = reservation
            return nil
        case .failure(let refusal): return refusal
        }
    }

    /// Adds what the request is expected to cost at the upstream that may have it, by what the edge's requests are like.
    func withExpectedBill(_ terms: RequestTerms, of request: RequestID) -> RequestTerms {
        guard let size = terms.size, let prices = requests[request].cloud.reservation?.target.prices,
            let tokens = edge.measured[requests[request].model.index].rates.expectedTokens(size)
        else { return terms }
        var terms = terms
        terms.size?.bill = prices.price(input: tokens.prompt, output: tokens.answer)
        return terms
    }

    /// Sends the request to another upstream, if one is left; false: none is.
    func askNextUpstream(_ request: RequestID, after failed: CloudTarget) -> Bool {
        requests[request].cloud.failedTargets.insert(failed.name)
        guard let reservation = reserveNextUpstream(for: request), let reason = requests[request].offloadReason
        else { return false }
        send(request, reservation, reason)
        return true
    }

    /// Sets money aside at an upstream that has not failed the request; nil: there is none that may be asked now.
    ///
    /// - Parameter isFree: only of upstreams without prices.
    private func reserveNextUpstream(for request: RequestID, isFree: Bool = false) -> CloudReservation? {
        let life = requests[request]
        let targets = deployment[life.model].clouds.filter { !isFree || $0.prices == nil }
        let next = clouds.reserve(
            targets, service: deployment.catalogue[life.service].name, life.cloud.size,
            except: life.cloud.failedTargets, at: now)
        return try? next?.get()
    }

    /// Sends the request where money is set aside for it, or elsewhere, if that upstream has come to be left alone while the request
    /// waited. If there is no other, it is asked all the same: what it answers is seen to as ever.
    func offload(_ request: RequestID, _ reason: OffloadReason) {
        guard let reservation = requests[request].cloud.reservation else { return }
        guard clouds.isOpen(reservation.target, at: now), let other = reserveNextUpstream(for: request) else {
            return send(request, reservation, reason)
        }
        clouds.settle(reservation, spent: nil)
        send(request, other, reason)
    }

    private func send(_ request: RequestID, _ reservation: CloudReservation, _ reason: OffloadReason) {
        book.choose(requests[request].model, isCloud: true, for: requests[request].trail)
        note(request, "cloud", why: "\(reason), to \(reservation.target.upstream.name)")
        clouds.willSend(reservation, at: now)
        requests[request].cloud.reservation = reservation
        requests[request].send(to: reservation.target, reason)
    }

    /// Returns once what is set aside for requests that are about to be sent outlives a crash.
    func spendingIsKept() async throws(SpendingNotRecorded) { try await clouds.file.kept() }

    /// How an upstream has answered: nil for well.
    ///
    /// - Parameter why: what was wrong, in words.
    func note(_ target: CloudTarget, _ failure: Breaker.Failure?, _ why: String? = nil) {
        let wasAsked = !clouds.isOpen(target, at: now)
        clouds.note(target.upstream.name, failure, why, at: now)
        guard failure != nil, wasAsked, clouds.isOpen(target, at: now) else { return }
        logger.warning(
            "an upstream is left alone for a while",
            metadata: ["upstream": "\(target.upstream.name)", "reason": "\(why ?? "it has failed")"])
    }

    /// An upstream has failed a request that may be at fault itself.
    ///
    /// - Returns: whether the upstream is to be blamed.
    func suspect(_ target: CloudTarget, _ failure: Suspicion.Case) -> Bool {
        clouds.suspect(target.upstream.name, failure, at: now)
    }

    /// Gives an offloaded request that may be at fault itself to one more place where that costs nothing: another upstream
    /// without prices, or the edge. Ask for its `outcome(of:)` again.
    ///
    /// - Returns: false where there is no such place; the request is then as it was.
    func tryOnceMore(_ ticket: Ticket) -> Bool {
        let request = ticket.request
        guard requests.contains(ticket), let failed = requests[request].cloud.reservation?.target,
            let reason = requests[request].offloadReason
        else { return false }
        let known = requests[request].cloud.failedTargets
        requests[request].cloud.failedTargets.insert(failed.name)
        let next = reserveNextUpstream(for: request, isFree: true)
        guard next != nil || (deployment[ticket.model].engine != nil && !drain.hasBegun) else {
            requests[request].cloud.failedTargets = known
            return false
        }
        note(request, "failed")
        charge(&requests[request]) { _ in 0 }
        if let next {
            send(request, next, reason)
        } else {
            requests[request].decideAgain()
            handle(.requestFailed(request, retryable: true))
        }
        return true
    }

    /// Gives back what was set aside for the request, less what it has cost; nothing, where it did not leave the edge.
    ///
    /// - Returns: what it has cost.
    @discardableResult
    func charge(_ request: inout RequestLife, _ price: (CloudReservation) -> Double) -> Double {
        guard let reservation = request.takeReservation() else { return 0 }
        let spent = request.isOffloaded ? price(reservation) : nil
        if let spent, spent > reservation.amount {
            logger.warning(
                "an upstream has charged more than the request could cost: its prices, or its tokens, are not as configured",
                metadata: [
                    "upstream": "\(reservation.target.upstream.name)", "charged": "\(spent)",
                    "expected": "at most \(reservation.amount)",
                ])
        }
        clouds.settle(reservation, spent: spent)
        return spent ?? 0
    }
}
