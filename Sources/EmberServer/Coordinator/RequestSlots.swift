import EmberCore

/// The live requests of the coordinator, under the small integers that the planner counts on.
struct RequestSlots {
    struct Slot {
        var serial: Int
        var model: ModelID
        /// Where it is written down what becomes of it; nil: nowhere.
        var trail: RequestTrails.Place?
        var outcome: Outcome?
        var waiter: CheckedContinuation<Outcome?, Never>?
        var isLive = true
        let service: ServiceID
        let size: CloudRequestSize
        /// Money set aside for it.
        var reservation: CloudReservation?
        /// Why it was offloaded, and the targets that have failed it.
        var offloadReason: OffloadReason?
        var failedTargets: Set<String> = []
        /// Its model's engine cannot serve it: only the cloud can.
        var isUnfit = false
        /// It races against an upstream for another request's answer.
        var isHedge = false
        /// Whose answer it is to have at the edge: another model's than the one asked for, where that stands in.
        var server: ModelID?
        /// Why the edge has it, as far as is known: it has stood in a queue, or is a trial.
        var edgeReason = EdgeReason.resident
        /// It was sent somewhere.
        var isRunning = false
        /// It runs in the cloud.
        var isOffloaded = false
        /// By which `FatalRequests` knows it; nil where that was not asked.
        var fingerprint: Int?
        /// The request has ended with the outcome that waits here to be taken.
        var isOver = false
    }

    private var slots: [Slot] = []
    private var free: [Int] = []
    private var serials = 0
    private(set) var live = 0

    mutating func open(_ service: ServiceID, _ model: ModelID, _ size: CloudRequestSize) -> Ticket {
        serials += 1
        live += 1
        let slot = Slot(serial: serials, model: model, service: service, size: size)
        if let index = free.popLast() {
            slots[index] = slot
            return Ticket(request: RequestID(index), serial: serials, model: model)
        }
        slots.append(slot)
        return Ticket(request: RequestID(slots.count - 1), serial: serials, model: model)
    }

    /// Whether the ticket's request has not ended.
    func isLive(_ ticket: Ticket) -> Bool {
        slots[ticket.request.index].isLive && slots[ticket.request.index].serial == ticket.serial
    }

    func model(of request: RequestID) -> ModelID { slots[request.index].model }

    mutating func keepFromEdge(_ request: RequestID) { slots[request.index].isUnfit = true }

    func isUnfit(_ request: RequestID) -> Bool { slots[request.index].isUnfit }

    mutating func note(_ fingerprint: Int, for request: RequestID) { slots[request.index].fingerprint = fingerprint }

    func fingerprint(of request: RequestID) -> Int? { slots[request.index].fingerprint }

    func trail(of request: RequestID) -> RequestTrails.Place? { slots[request.index].trail }

    mutating func follow(_ request: RequestID, by trail: RequestTrails.Place?) { slots[request.index].trail = trail }

    /// Trails of the live requests for such models that nobody has given an outcome yet.
    func waitingTrails(where isWanted: (ModelID) -> Bool) -> [RequestTrails.Place] {
        slots.filter { $0.isLive && isWanted($0.model) && $0.outcome == nil && !$0.isOver && !$0.isRunning }
            .compactMap(\.trail)
    }

    mutating func reserve(_ reservation: CloudReservation, for request: RequestID) {
        slots[request.index].reservation = reservation
    }

    func reservation(of request: RequestID) -> CloudReservation? { slots[request.index].reservation }

    mutating func takeReservation(of request: RequestID) -> CloudReservation? {
        defer { slots[request.index].reservation = nil }
        return slots[request.index].reservation
    }

    /// What else an upstream must know of the request that others have failed.
    func offloading(of request: RequestID) -> (service: ServiceID, size: CloudRequestSize, tried: Set<String>) {
        let slot = slots[request.index]
        return (slot.service, slot.size, slot.failedTargets)
    }

    func offloadReason(of request: RequestID) -> OffloadReason? { slots[request.index].offloadReason }

    mutating func noteFailure(of target: CloudTarget, for request: RequestID) {
        slots[request.index].failedTargets.insert(target.name)
    }

    func isHedge(_ request: RequestID) -> Bool { slots[request.index].isHedge }

    mutating func markHedge(_ request: RequestID, _ isHedge: Bool) { slots[request.index].isHedge = isHedge }

    mutating func note(_ reason: EdgeReason, for request: RequestID) { slots[request.index].edgeReason = reason }

    func edgeReason(of request: RequestID) -> EdgeReason { slots[request.index].edgeReason }

    /// It has failed where it was sent, and waits for another outcome.
    mutating func startAgain(_ request: RequestID) { slots[request.index].isRunning = false }

    /// The model that works on the request at the edge; nil: none does.
    func server(of request: RequestID) -> ModelID? {
        slots[request.index].isOffloaded ? nil : slots[request.index].server
    }

    func isOffloaded(_ request: RequestID) -> Bool { slots[request.index].isOffloaded }

    /// Gives the request its outcome: to whoever waits for it, or to be taken.
    mutating func settle(_ request: RequestID, _ outcome: Outcome) {
        switch outcome {
        case .cloud(_, let reason):
            slots[request.index].isOffloaded = true
            slots[request.index].offloadReason = reason
        case .edge(let route):
            slots[request.index].isOffloaded = false
            slots[request.index].server = route.model
        case .refused: break
        }
        slots[request.index].isRunning = true
        if let waiter = slots[request.index].waiter {
            slots[request.index].waiter = nil
            waiter.resume(returning: outcome)
        } else {
            slots[request.index].outcome = outcome
        }
    }

    /// Ends the request with an outcome; its integer is used again once the outcome has been taken.
    mutating func end(_ request: RequestID, _ outcome: Outcome) {
        if slots[request.index].waiter != nil {
            settle(request, outcome)
            close(request)
        } else {
            slots[request.index].outcome = outcome
            slots[request.index].isOver = true
        }
    }

    mutating func takeOutcome(of ticket: Ticket) -> Outcome? {
        defer {
            slots[ticket.request.index].outcome = nil
            if slots[ticket.request.index].isOver { close(ticket.request) }
        }
        return slots[ticket.request.index].outcome
    }

    mutating func wait(_ waiter: CheckedContinuation<Outcome?, Never>, for ticket: Ticket) {
        slots[ticket.request.index].waiter = waiter
    }

    /// Sends whoever waits for the request away without an outcome; the request itself waits on.
    mutating func endWait(for ticket: Ticket) {
        slots[ticket.request.index].waiter?.resume(returning: nil)
        slots[ticket.request.index].waiter = nil
    }

    /// The request has ended; its integer may be used again.
    mutating func close(_ request: RequestID) {
        slots[request.index].isLive = false
        slots[request.index].isOver = false
        free.append(request.index)
        live -= 1
    }

    /// One that has been sent nowhere yet, or has failed where it was. O(requests).
    var firstWaiting: RequestID? {
        slots.firstIndex { $0.isLive && !$0.isRunning && !$0.isOver }.map { RequestID($0) }
    }

    var liveRequests: [RequestID] { slots.indices.filter { slots[$0].isLive }.map { RequestID($0) } }
}
