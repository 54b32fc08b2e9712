/// Where an instance is in its life.
public enum Phase: String, Hashable, Codable, Sendable {
    /// Not in memory.
    case absent
    /// Admitted; its load begins once its victims have left.
    case reserved
    case loading
    case resident
    /// Being unloaded; its memory is not free yet.
    case leaving
}

/// What the planner knows of one instance.
public struct Instance: Codable, Sendable {
    public let model: ModelID
    public internal(set) var phase = Phase.absent
    /// Memory that it takes, or will take when loaded, while it runs nothing: measured where known, else estimated.
    public internal(set) var resting: Bytes
    /// Memory that each running request takes on top, as learnt; 0: nothing that counts.
    public internal(set) var peak: Bytes
    /// Dispatched requests that have not ended.
    public internal(set) var inFlight = 0
    /// Requests that were ever dispatched to it.
    public internal(set) var begun = 0
    /// The most of them at once since it last ran none; 0: this life has not run any.
    public internal(set) var busiest = 0
    /// Since when it has run any, or did last.
    public internal(set) var busySince = Time.zero
    /// Lives in a row that were ended over the budget before they had run anything.
    public internal(set) var overruns = 0
    /// Lives in a row that ended by themselves after they had been given requests.
    public internal(set) var deaths = 0
    /// The last request dispatched to it was a suspect.
    var lastIsSuspect = false
    /// The instance that this resident is being emptied for; itself when it just has to go.
    public internal(set) var drainingFor: InstanceID?
    public internal(set) var drainReason = UnloadReason.requested
    public internal(set) var loadBegan = Time.zero
    public internal(set) var loadedAt = Time.zero
    public internal(set) var lastUsed = Time.zero
    /// Failures of its engine since it last answered a request.
    public internal(set) var failures = 0
    /// No start before this instant (backoff after failures).
    public internal(set) var notBefore = Time.zero
    /// Its files cannot be loaded: it is not started until they have been read anew.
    public internal(set) var isUnusable = false
    /// Whether the operator asked for the load that is pending.
    var isWanted = false
    /// It leaves, and is loaded again once it has left: memory is reserved for that.
    public internal(set) var isReturning = false
    /// Counts the engine's lives, so that a late word of an earlier life is not taken for this one's.
    var life = 0
    var queue = RequestQueue()

    init(model: ModelID, _ spec: ModelSpec) {
        self.model = model
        resting = spec.learnt?.resting ?? spec.residentBytes
        peak = spec.learnt?.peak ?? .zero
    }

    /// What it counts for: what it takes at rest, and room for one request.
    public var footprint: Bytes { resting + peak }
    /// What requests beside the first take.
    var peaksBesideFirst: Bytes { inFlight > 1 ? Bytes(peak.count * (inFlight - 1)) : .zero }
    /// It runs a suspect, and nothing beside it.
    public var runsSuspect: Bool { inFlight > 0 && lastIsSuspect }
    public var isDraining: Bool { drainingFor != nil }
    /// Requests that wait for this instance.
    public var waiting: Int { queue.count }
    /// Takes memory now.
    var occupies: Bool { phase == .loading || phase == .resident || phase == .leaving }
    /// Is, or will be, in memory once everything under way is done.
    var isCommitted: Bool {
        phase == .reserved || ((phase == .loading || phase == .resident) && !isDraining) || isReturning
    }

    mutating func requestBegan(at now: Time) {
        inFlight += 1
        if inFlight == 1 { (busySince, busiest) = (now, 1) } else { busiest = max(busiest, inFlight) }
        begun += 1
        lastUsed = now
    }

    mutating func requestEnded(at now: Time) {
        inFlight -= 1
        lastUsed = now
    }

    /// Until when a newly loaded instance may not be evicted.
    func protectedUntil(_ settings: PlannerSettings) -> Time {
        loadedAt + settings.residencyPerLoad * (loadedAt - loadBegan)
    }
}
