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

/// What the planner knows of one instance. The `MemoryLedger` owns it.
public struct Instance: Codable, Sendable {
    /// Why a resident is being emptied.
    struct Drain: Codable, Sendable {
        /// The instance that gets its memory; the resident itself when it just has to go.
        let newcomer: InstanceID
        let reason: UnloadReason
    }

    public internal(set) var model: ModelID
    public internal(set) var phase = Phase.absent
    /// Memory that it takes, or will take when loaded, while it runs nothing: measured where known, else estimated.
    public internal(set) var resting: Bytes
    /// Memory that each running request takes on top, as learnt; 0: nothing that counts.
    public internal(set) var peak: Bytes
    var drain: Drain?
    public internal(set) var loadBegan = Time.zero
    public internal(set) var loadedAt = Time.zero
    /// Whether the operator asked for the load that is pending.
    var isWanted = false
    /// It leaves, and is loaded again once it has left: memory is reserved for that.
    public internal(set) var isReturning = false
    /// Counts the engine's lives, so that an event of an earlier life is not taken for this one's.
    var life = 0
    var use = InstanceUse()
    public internal(set) var health = EngineHealth()

    init(model: ModelID, _ spec: ModelSpec) {
        self.model = model
        resting = spec.learnt?.resting ?? spec.residentBytes
        peak = spec.learnt?.peak ?? .zero
    }

    /// The same under its new id.
    func moved(_ map: CatalogueMap, to new: InstanceID) -> Instance {
        var moved = self
        let fresh = Instance(model: map.new.model(of: new), map.new[map.new.model(of: new)])
        moved.model = fresh.model
        let (former, spec) = (map.old[model], map.new[fresh.model])
        if !occupies, former.residentBytes != spec.residentBytes || former.learnt != spec.learnt {
            (moved.resting, moved.peak) = (fresh.resting, fresh.peak)
        }
        if let drain {
            let newcomer = map[drain.newcomer]
            var reason = drain.reason
            if case .evicted = reason { reason = newcomer.map { .evicted(for: $0) } ?? .requested }
            moved.drain = Drain(newcomer: newcomer ?? new, reason: reason)
        }
        return moved
    }
}

extension Instance {
    /// Memory reserved for it: at rest, and for one request.
    public var footprint: Bytes { resting + peak }
    /// Memory that its running requests take beyond the footprint, which has room for one of them.
    var peaksBesideFirst: Bytes { inFlight > 1 ? Bytes(peak.count * (inFlight - 1)) : .zero }
    /// It runs a suspect, and nothing beside it.
    public var runsSuspect: Bool { inFlight > 0 && use.lastIsSuspect }
    public var isDraining: Bool { drain != nil }
    /// The instance that this resident is being emptied for; itself when it just has to go.
    public var drainingFor: InstanceID? { drain?.newcomer }
    public var drainReason: UnloadReason? { drain?.reason }
    /// Takes new requests.
    var isInService: Bool { phase == .resident && drain == nil }
    /// Neither resident nor leaving: it has loaded nothing that its files could contradict.
    var isOutOfUse: Bool { phase == .absent || phase == .reserved || phase == .loading }
    /// Takes memory now.
    var occupies: Bool { phase == .loading || phase == .resident || phase == .leaving }
    /// Is, or will be, in memory once everything under way is done.
    var isCommitted: Bool {
        phase == .reserved || ((phase == .loading || phase == .resident) && !isDraining) || isReturning
    }

    /// Until when a newly loaded instance may not be evicted.
    func protectedUntil(_ settings: PlannerSettings) -> Time {
        loadedAt + settings.queue.residencyPerLoad * (loadedAt - loadBegan)
    }
}

// What its use and its health say, by the names under which drivers and policies read them.
extension Instance {
    /// Dispatched requests that have not ended.
    public var inFlight: Int { use.inFlight }
    /// Requests that were ever dispatched to it.
    public var begun: Int { use.begun }
    /// The most requests at once since it last ran none; 0: this life has not run any.
    public var busiest: Int { use.busiest }
    /// Since when it has run any, or did last.
    public var busySince: Time { use.busySince }
    public var lastUsed: Time { use.lastUsed }
    public var failures: Int { health.failures }
    public var overruns: Int { health.overruns }
    public var deaths: Int { health.deaths }
    public var notBefore: Time { health.notBefore }
    public var isUnusable: Bool { health.isUnusable }
}
