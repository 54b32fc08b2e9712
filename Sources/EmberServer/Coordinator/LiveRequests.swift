import EmberCore

/// The requests that have not ended, under the small integers that the planner counts on.
struct LiveRequests {
    private var lives: [RequestLife?] = []
    private var free: [Int] = []
    private var opened = 0
    private(set) var count = 0

    mutating func open(_ service: ServiceID, _ model: ModelID, _ size: CloudRequestSize) -> Ticket {
        opened += 1
        count += 1
        let index = free.popLast() ?? lives.count
        let ticket = Ticket(request: RequestID(index), serial: opened, model: model)
        let life = RequestLife(ticket, service, size)
        if index == lives.count { lives.append(life) } else { lives[index] = life }
        return ticket
    }

    /// Whether the ticket's request has not ended, or its outcome has not been taken.
    func contains(_ ticket: Ticket) -> Bool { lives[ticket.request.index]?.ticket.serial == ticket.serial }

    /// One that has not ended.
    subscript(request: RequestID) -> RequestLife {
        _read { yield lives[request.index]! }
        _modify { yield &lives[request.index]! }
    }

    /// The request has ended: its integer may be used again.
    ///
    /// - Returns: nil where it had ended before.
    mutating func remove(_ ticket: Ticket) -> RequestLife? { contains(ticket) ? remove(ticket.request) : nil }

    private mutating func remove(_ request: RequestID) -> RequestLife? {
        free.append(request.index)
        count -= 1
        return lives[request.index].take()
    }

    /// Ends the request; its integer is used again once the outcome has been taken.
    mutating func refuse(_ request: RequestID, _ refusal: Refusal) {
        if self[request].refuse(refusal) { _ = remove(request) }
    }

    mutating func takeOutcome(of ticket: Ticket) -> Outcome? {
        let outcome = self[ticket.request].takeOutcome()
        if case .ended = self[ticket.request].stage { _ = remove(ticket.request) }
        return outcome
    }

    /// Resumes the waiter with the outcome: at once, if it is known.
    ///
    /// - Returns: whether it waits.
    mutating func bringOutcome(of ticket: Ticket, to waiter: CheckedContinuation<Outcome?, Never>) -> Bool {
        if !contains(ticket) {
            waiter.resume(returning: .refused(.clientGone))
        } else if let outcome = takeOutcome(of: ticket) {
            waiter.resume(returning: outcome)
        } else {
            self[ticket.request].wait(waiter)
            return true
        }
        return false
    }

    // MARK: All of them

    /// Trails of the requests for such models that wait to be sent somewhere.
    func waitingTrails(where isWanted: (ModelID) -> Bool) -> [RequestTrails.Place] {
        lives.compactMap { life in
            guard let life, case .deciding = life.stage, isWanted(life.model) else { return nil }
            return life.trail
        }
    }

    /// One that waits to be sent somewhere. O(requests).
    var firstWaiting: RequestID? {
        lives.firstIndex { if case .deciding? = $0?.stage { true } else { false } }.map { RequestID($0) }
    }

    /// What requests ask for, or run on.
    var used: (models: Set<ModelID>, services: Set<ServiceID>) {
        var used: (models: Set<ModelID>, services: Set<ServiceID>) = ([], [])
        for case let life? in lives {
            used.models.insert(life.model)
            if let server = life.server { used.models.insert(server) }
            used.services.insert(life.service)
        }
        return used
    }

    var all: [RequestID] { lives.indices.filter { lives[$0] != nil }.map { RequestID($0) } }
}
