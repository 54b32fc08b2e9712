/// Everything the planner knows of the edge server, as policies may read it.
public struct EdgeState: Codable, Sendable {
    /// With what has been measured of its models' costs so far.
    public internal(set) var catalogue: Catalogue
    public let settings: PlannerSettings
    public internal(set) var instances: [Instance]
    public internal(set) var ledger = CostLedger()
    /// The latest instant the planner was told of.
    public internal(set) var now = Time.zero
    var memory = MemoryLedger()
    /// Requests that wait, over all instances.
    public internal(set) var waiting = 0
    /// Requests for models of the edge that have arrived, wherever they ran; hedges are nobody's.
    public internal(set) var arrivals = 0
    /// Instances that are not absent.
    var inMemory: InstanceSet
    var energy: EnergyMeter?
    var tokenEnergy = TokenEnergy()
    /// By model; in continuous time.
    public internal(set) var measured: [MeasuredCosts]
    /// Seconds a byte, over all models.
    var loadRates = LoadTimes()
    /// By place: an instance's contexts lie side by side.
    var contexts: [PairContext]
    /// By instance, where several services share it in continuous time.
    var ageLines: [AgeLine] = []
    /// Where there are lines.
    var living = LivingContexts(instances: 0, services: 1)
    var shares = ShareClock()

    init(catalogue: Catalogue, settings: PlannerSettings) {
        self.catalogue = catalogue
        self.settings = settings
        energy = EnergyMeter(settings)
        measured = Array(repeating: MeasuredCosts(), count: catalogue.models.count)
        contexts = Array(repeating: PairContext(), count: catalogue.pairCount)
        inMemory = InstanceSet(instances: catalogue.instanceCount)
        if settings.time == .continuous, catalogue.hasSharedInstances {
            ageLines = Array(repeating: AgeLine(), count: catalogue.instanceCount)
            living = LivingContexts(instances: catalogue.instanceCount, services: catalogue.services.count)
        }
        instances = (0..<catalogue.instanceCount).map { index in
            let model = catalogue.model(of: InstanceID(index))
            return Instance(model: model, catalogue[model])
        }
    }

    // Lent, not copied.
    public subscript(instance: InstanceID) -> Instance {
        _read { yield instances[instance.index] }
        _modify { yield &instances[instance.index] }
    }

    /// A service's context on an instance; what is held in it is changed by `changeContext`.
    subscript(instance: InstanceID, service: ServiceID) -> PairContext {
        _read { yield contexts[catalogue.place(of: service, on: instance)] }
        _modify { yield &contexts[catalogue.place(of: service, on: instance)] }
    }

    /// The same edge at a later instant, at which nothing has happened yet.
    public func at(_ instant: Time) -> EdgeState {
        var later = self
        later.now = max(now, instant)
        return later
    }

    /// Seconds until a request that comes now for the instance would be worked on, by what has been seen of loads and requests
    /// so far; what has not been seen counts nothing.
    ///
    /// - Parameter ahead: those that wait and have their turn before it; nil: all that wait.
    public func expectedWait(for id: InstanceID, behind ahead: Int? = nil) -> Double {
        let instance = self[id]
        let ahead = ahead ?? instance.waiting
        let (seen, slots) = (measured[instance.model.index], catalogue[instance.model].parallel)
        let each = seen.edge.value ?? 0
        if instance.phase == .resident, !instance.isDraining {
            let isOpen = instance.inFlight < slots && instance.waiting == 0 && !instance.runsSuspect
            if isOpen, hasMemoryForRequest(on: instance) { return 0 }
            return each * Double(ahead + 1) / Double(slots)
        }
        let load = loadSeconds(of: instance.model) ?? 0
        let left = instance.phase == .loading ? max(0, load - (now - instance.loadBegan)) : load
        return left + each * Double(ahead / slots)
    }

    /// Seconds that a load of the model is expected to take, from its own loads or else those of others by their bytes; nil before
    /// any.
    public func loadSeconds(of model: ModelID) -> Double? {
        let host = catalogue[model].base ?? model
        let share = measured[host.index].cachedShare
        if let own = measured[host.index].load.expected(cachedShare: share) { return own }
        let bytes = Double(catalogue[host].residentBytes.count)
        return loadRates.expected(cachedShare: share).map { $0 * bytes }
    }

    mutating func noteLoad(of model: ModelID, seconds: Double) {
        let (share, bytes) = (measured[model.index].cachedShare, Double(max(1, catalogue[model].residentBytes.count)))
        loadRates.add(seconds / bytes, cachedShare: share)
        measured[model.index].load.add(seconds, cachedShare: share, prior: loadRates, scale: bytes)
    }

    /// What one edge request of the model saves against the cloud, at an Age of Context of `kappa`, in cost units;
    /// `tokens` of prefill and decode, by default those of a typical request.
    public func saving(of model: ModelID, kappa: Double, tokens: Int? = nil) -> Double {
        catalogue[model].saving(accuracy: catalogue[model].accuracy.accuracy(at: kappa), tokens: tokens)
    }
}
