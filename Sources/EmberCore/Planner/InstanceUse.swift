/// The requests that an instance runs.
struct InstanceUse: Codable, Sendable {
    /// Dispatched requests that have not ended.
    private(set) var inFlight = 0
    /// Requests that were ever dispatched to it.
    private(set) var begun = 0
    /// The most of them at once since it last ran none; 0: this life has not run any.
    private(set) var busiest = 0
    /// Since when it has run any, or did last.
    private(set) var busySince = Time.zero
    /// The last load, dispatch or end of a request.
    private(set) var lastUsed = Time.zero
    /// The last request dispatched to it was a suspect.
    private(set) var lastIsSuspect = false

    @inline(__always)
    mutating func requestBegan(isSuspect: Bool, at now: Time) {
        inFlight += 1
        if inFlight == 1 { (busySince, busiest) = (now, 1) } else { busiest = max(busiest, inFlight) }
        begun += 1
        lastUsed = now
        lastIsSuspect = isSuspect
    }

    @inline(__always)
    mutating func requestEnded(at now: Time) {
        inFlight -= 1
        lastUsed = now
    }

    /// A life of its engine begins to serve.
    mutating func lifeBegan(at now: Time) {
        busiest = 0
        lastUsed = now
    }

    /// What it ran has ended with its engine.
    mutating func lifeEnded() { inFlight = 0 }
}
