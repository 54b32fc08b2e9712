import EmberCore
import Logging

/// Upstreams: what is set aside for requests that they may have, which of them is asked next, and what it has cost.
///
/// As `EngineKeeper`, it is a part of the coordinator.
final class UpstreamKeeper {
    private let deployment: Deployment
    private let logger: Logger
    private(set) var clouds: Clouds

    init(_ deployment: Deployment, _ clouds: Clouds, _ logger: Logger) {
        self.deployment = deployment
        self.clouds = clouds
        self.logger = logger
    }

    /// Other budgets count from now on; what was spent stays.
    func take(_ budgets: CloudBudgets) { clouds.take(budgets) }

    // MARK: Money

    /// Sets money aside where the cloud may be asked.
    ///
    /// - Returns: why it must not be asked now; nil where it may, or where there is none to ask.
    func reserve(for request: RequestID, for coordinator: isolated Coordinator) -> CloudRefusal? {
        let (model, size) = (coordinator.requests[request].model, coordinator.requests[request].cloud.size)
        let name = deployment.catalogue[coordinator.requests[request].service].name
        switch clouds.reserve(deployment[model].clouds, service: name, size, at: coordinator.now) {
        case nil: return nil
        case .success(let reservation):
            coordinator.requests[request].cloud.reservation = reservation
            return nil
        case .failure(let refusal): return refusal
        }
    }

    /// Adds what the request is expected to cost at the upstream that may have it, by what the edge's requests are
    /// like.
    func addExpectedBill(to terms: inout RequestTerms, of request: RequestLife, _ edge: @autoclosure () -> EdgeState) {
        guard let size = terms.size, let prices = request.cloud.reservation?.target.prices,
            let tokens = edge().measured[request.model.index].rates.expectedTokens(size)
        else { return }
        terms.size?.bill = prices.price(input: tokens.prompt, output: tokens.answer)
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
                "an upstream has charged more than the request could cost: its prices or tokens are not as configured",
                metadata: [
                    "upstream": "\(reservation.target.upstream.name)", "charged": "\(spent)",
                    "expected": "at most \(reservation.amount)", "request": "\(request.figures?.id ?? "")",
                ])
        }
        clouds.settle(reservation, spent: spent)
        return spent ?? 0
    }

    /// Returns once what is set aside for requests that are about to be sent outlives a crash.
    func spendingIsKept(for coordinator: isolated Coordinator) async throws(SpendingNotRecorded) {
        try await clouds.file.kept()
    }

    /// Ember ends: nothing is set aside any more.
    func close(for coordinator: isolated Coordinator) async { await clouds.close() }

    // MARK: Which one is asked

    /// Sends the request where money is set aside for it, or to another upstream, if that one was disabled while the
    /// request waited. If there is no other, the request goes to the disabled one.
    func offload(_ request: RequestID, _ reason: OffloadReason, for coordinator: isolated Coordinator) {
        guard let reservation = coordinator.requests[request].cloud.reservation else { return }
        guard clouds.isOpen(reservation.target, at: coordinator.now),
            let other = reserveNext(for: request, for: coordinator)
        else { return send(request, reservation, reason, for: coordinator) }
        clouds.settle(reservation, spent: nil)
        send(request, other, reason, for: coordinator)
    }

    /// Sends the request to another upstream, if one is left; false: none is.
    func askNext(_ request: RequestID, after failed: CloudTarget, for coordinator: isolated Coordinator) -> Bool {
        coordinator.requests[request].cloud.failedTargets.insert(failed.name)
        guard let next = reserveNext(for: request, for: coordinator),
            let reason = coordinator.requests[request].offloadReason
        else { return false }
        send(request, next, reason, for: coordinator)
        return true
    }

    /// Gives an offloaded request that may be at fault itself to one more place where that costs nothing: another
    /// upstream without prices, or the edge. Ask for its `outcome(of:)` again.
    ///
    /// - Returns: false where there is no such place; the request is then as it was.
    func tryOnceMore(_ ticket: Ticket, for coordinator: isolated Coordinator) -> Bool {
        let request = ticket.request
        guard coordinator.requests.contains(ticket),
            let failed = coordinator.requests[request].cloud.reservation?.target,
            let reason = coordinator.requests[request].offloadReason
        else { return false }
        let known = coordinator.requests[request].cloud.failedTargets
        coordinator.requests[request].cloud.failedTargets.insert(failed.name)
        let next = reserveNext(for: request, isFree: true, for: coordinator)
        guard next != nil || (deployment[ticket.model].engine != nil && !coordinator.drain.hasBegun) else {
            coordinator.requests[request].cloud.failedTargets = known
            return false
        }
        coordinator.note(request, "failed")
        charge(&coordinator.requests[request]) { _ in 0 }
        if let next {
            send(request, next, reason, for: coordinator)
        } else {
            coordinator.requests[request].decideAgain()
            coordinator.handle(.requestFailed(request, retryable: true))
        }
        return true
    }

    /// Sets money aside at an upstream that has not failed the request; nil: there is none that may be asked now.
    ///
    /// - Parameter isFree: only of upstreams without prices.
    private func reserveNext(
        for request: RequestID, isFree: Bool = false, for coordinator: isolated Coordinator
    ) -> CloudReservation? {
        let life = coordinator.requests[request]
        let targets = deployment[life.model].clouds.filter { !isFree || $0.prices == nil }
        let next = clouds.reserve(
            targets, service: deployment.catalogue[life.service].name, life.cloud.size,
            except: life.cloud.failedTargets, at: coordinator.now)
        return try? next?.get()
    }

    private func send(
        _ request: RequestID, _ reservation: CloudReservation, _ reason: OffloadReason,
        for coordinator: isolated Coordinator
    ) {
        let life = coordinator.requests[request]
        coordinator.book.choose(life.model, isCloud: true, for: life.trail)
        coordinator.note(request, "cloud", why: "\(reason.name), to \(reservation.target.upstream.name)")
        clouds.willSend(reservation, at: coordinator.now)
        coordinator.requests[request].cloud.reservation = reservation
        coordinator.meters?.countDispatch(of: &coordinator.requests[request], expecting: nil)
        coordinator.requests[request].send(to: reservation.target, reason)
    }

    // MARK: How they answer

    /// Records how an upstream has answered: nil for a success.
    ///
    /// - Parameter why: what was wrong, for messages.
    func record(_ target: CloudTarget, _ failure: Breaker.Failure?, _ why: String? = nil, at now: Time) {
        let wasAsked = !clouds.isOpen(target, at: now)
        clouds.note(target.upstream.name, failure, why, at: now)
        guard failure != nil, wasAsked, clouds.isOpen(target, at: now) else { return }
        logger.warning(
            "an upstream is disabled for a while",
            metadata: ["upstream": "\(target.upstream.name)", "reason": "\(why ?? "it has failed")"])
    }

    /// An upstream has failed a request that may be at fault itself.
    ///
    /// - Returns: whether the upstream is to be blamed.
    func suspect(_ target: CloudTarget, _ failure: Suspicion.Case, at now: Time) -> Bool {
        clouds.suspect(target.upstream.name, failure, at: now)
    }
}
