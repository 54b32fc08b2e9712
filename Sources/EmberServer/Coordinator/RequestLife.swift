import EmberCore

/// One request, from its admission to its end: where it runs is being decided, it was sent there, or it has ended.
///
/// It decides nothing: `Coordinator` performs the planner's effects on it, and its exchange waits for the outcome.
struct RequestLife {
    enum Stage {
        /// The planner has it, and may let it wait.
        case deciding
        /// It was sent to its `place`.
        case sent
        /// It was refused, and its outcome has not been taken yet.
        case ended
    }

    enum Place {
        /// The model that answers: another than the one asked for, where that stands in.
        case edge(ModelID)
        case cloud(OffloadReason)
    }

    /// What the cloud must know of it.
    struct CloudSide {
        let size: CloudRequestSize
        /// Money set aside for it.
        var reservation: CloudReservation?
        /// The targets that have failed it.
        var failedTargets: Set<String> = []
    }

    /// How its exchange gets the outcome.
    private enum Delivery {
        case none
        case awaited(CheckedContinuation<Outcome?, Never>)
        case ready(Outcome)
    }

    let ticket: Ticket
    let service: ServiceID
    private(set) var stage = Stage.deciding
    /// Where it was sent last.
    private(set) var place: Place?
    private var delivery = Delivery.none
    var cloud: CloudSide
    /// Where it is written down what becomes of it; nil: nowhere.
    var trail: RequestTrails.Place?
    /// By which `FatalRequests` knows it; nil where that was not asked.
    var fingerprint: Int?
    /// Its model's engine cannot serve it: only the cloud can.
    var isUnfit = false
    /// It races against an upstream for another request's answer.
    var isHedge = false
    /// What is measured of it; nil: it is no client's.
    var figures: RequestFigures?
    /// Why the edge has it, as far as is known: it has stood in a queue, or is a trial.
    var edgeReason = EdgeReason.resident

    init(_ ticket: Ticket, _ service: ServiceID, _ size: CloudRequestSize) {
        self.ticket = ticket
        self.service = service
        cloud = CloudSide(size: size)
    }

    /// The model that it asks for.
    var model: ModelID { ticket.model }

    var isOffloaded: Bool { offloadReason != nil }

    /// Why the cloud has it; nil: it was not sent there, or not last.
    var offloadReason: OffloadReason? {
        if case .cloud(let reason) = place { reason } else { nil }
    }

    /// The model that works on it at the edge, or did last; nil: none.
    var server: ModelID? {
        if case .edge(let model) = place { model } else { nil }
    }

    // MARK: Changes

    mutating func send(to route: EdgeRoute) {
        place = .edge(route.model)
        stage = .sent
        deliver(.edge(route))
    }

    mutating func send(to target: CloudTarget, _ reason: OffloadReason) {
        place = .cloud(reason)
        stage = .sent
        deliver(.cloud(target, reason))
    }

    /// It has failed where it was sent, and the planner decides again.
    mutating func decideAgain() { stage = .deciding }

    /// - Returns: whether its exchange has heard it, so that nothing of the request is left; else the outcome is still
    ///   to be taken.
    mutating func refuse(_ refusal: Refusal) -> Bool {
        let isHeard = if case .awaited = delivery { true } else { false }
        stage = .ended
        deliver(.refused(refusal))
        return isHeard
    }

    private mutating func deliver(_ outcome: Outcome) {
        guard case .awaited(let waiter) = delivery else { return delivery = .ready(outcome) }
        delivery = .none
        waiter.resume(returning: outcome)
    }

    // MARK: Its exchange

    mutating func takeOutcome() -> Outcome? {
        guard case .ready(let outcome) = delivery else { return nil }
        delivery = .none
        return outcome
    }

    mutating func wait(_ waiter: CheckedContinuation<Outcome?, Never>) { delivery = .awaited(waiter) }

    /// Ends the wait of its exchange without an outcome; the request itself waits on.
    mutating func endWait() {
        guard case .awaited(let waiter) = delivery else { return }
        delivery = .none
        waiter.resume(returning: nil)
    }

    mutating func takeReservation() -> CloudReservation? {
        defer { cloud.reservation = nil }
        return cloud.reservation
    }
}
