import EmberCore

/// The requests of a run that have not ended, by their number; numbers are used again.
struct LiveRequests {
    private var arrivals: [Arrival?] = []
    private var free: [RequestID] = []

    var isEmpty: Bool { free.count == arrivals.count }

    subscript(request: RequestID) -> Arrival {
        guard let arrival = arrivals[request.index] else { preconditionFailure("a request that has ended runs") }
        return arrival
    }

    /// The number of a request that has come.
    mutating func begin(_ arrival: Arrival) -> RequestID {
        let request = free.popLast() ?? RequestID(arrivals.count)
        if request.index == arrivals.count { arrivals.append(arrival) } else { arrivals[request.index] = arrival }
        return request
    }

    /// Forgets the request, whose number is free from now on.
    @discardableResult
    mutating func end(_ request: RequestID) -> Arrival {
        guard let arrival = arrivals[request.index] else { preconditionFailure("a request ends twice") }
        arrivals[request.index] = nil
        free.append(request)
        return arrival
    }
}

/// The loads of a run that have not ended. Of a load that is cancelled, the planned end stays behind: it is no load's.
struct LoadsUnderWay {
    private var begun = 0
    private var loads: [InstanceID: Int] = [:]

    /// The number of a load that begins.
    mutating func begin(_ instance: InstanceID) -> Int {
        begun += 1
        loads[instance] = begun
        return begun
    }

    /// Whether this load was still under way.
    mutating func end(_ load: Int, of instance: InstanceID) -> Bool {
        guard loads[instance] == load else { return false }
        loads[instance] = nil
        return true
    }

    mutating func cancel(_ instance: InstanceID) { loads[instance] = nil }
}
