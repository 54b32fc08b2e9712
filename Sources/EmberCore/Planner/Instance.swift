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
    /// Memory that it takes, or will take when loaded: measured where known, else estimated.
    public internal(set) var footprint: Bytes
    /// Dispatched requests that have not ended.
    public internal(set) var inFlight = 0
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
    /// Whether the operator asked for the load that is pending.
    var isWanted = false
    /// Counts the engine's lives, so that a late word of an earlier life is not taken for this one's.
    var life = 0
    /// Services with a context in memory.
    public internal(set) var contexts = 0
    var queue = RequestQueue()

    init(model: ModelID, footprint: Bytes) {
        self.model = model
        self.footprint = footprint
    }

    public var isDraining: Bool { drainingFor != nil }
    /// Requests that wait for this instance.
    public var waiting: Int { queue.count }
    /// Takes memory now.
    var occupies: Bool { phase == .loading || phase == .resident || phase == .leaving }
    /// Is, or will be, in memory once everything under way is done.
    var isCommitted: Bool { phase == .reserved || ((phase == .loading || phase == .resident) && !isDraining) }

    mutating func requestBegan(at now: Time) {
        inFlight += 1
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
