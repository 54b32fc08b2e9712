/// Everything the planner knows of the edge server, as policies may read it.
public struct EdgeState: Codable, Sendable {
    /// With what has been measured of its models' costs so far.
    public internal(set) var catalogue: Catalogue
    public let settings: PlannerSettings
    public internal(set) var instances: [Instance]
    public internal(set) var ledger = CostLedger()
    /// The latest instant the planner was told of.
    public internal(set) var now = Time.zero
    /// Memory of everything loading, resident or leaving.
    public internal(set) var occupied = Bytes.zero
    /// Memory of what will be in memory once everything under way is done.
    public internal(set) var committed = Bytes.zero
    /// Requests that wait, over all instances.
    public internal(set) var waiting = 0
    /// Requests for models of the edge that have arrived, wherever they ran; hedges are nobody's.
    public internal(set) var arrivals = 0
    /// Instances that are not absent.
    private(set) var inMemory: InstanceSet
    var energy: EnergyMeter?
    var tokenEnergy = TokenEnergy()
    /// By model; in continuous time.
    public internal(set) var measured: [MeasuredCosts]
    /// Seconds a byte, over all models.
    var loadRates = LoadTimes()
    /// By place: an instance's contexts lie side by side.
    private var contexts: [PairContext]
    private var shares = ShareClock()

    init(catalogue: Catalogue, settings: PlannerSettings) {
        self.catalogue = catalogue
        self.settings = settings
        energy = EnergyMeter(settings)
        measured = Array(repeating: MeasuredCosts(), count: catalogue.models.count)
        contexts = Array(repeating: PairContext(), count: catalogue.pairCount)
        inMemory = InstanceSet(instances: catalogue.instanceCount)
        instances = (0..<catalogue.instanceCount).map { index in
            let model = catalogue.model(of: InstanceID(index))
            return Instance(model: model, footprint: catalogue[model].residentBytes)
        }
    }

    // Lent, not copied.
    public subscript(instance: InstanceID) -> Instance {
        _read { yield instances[instance.index] }
        _modify { yield &instances[instance.index] }
    }

    /// A service's context on an instance.
    subscript(instance: InstanceID, service: ServiceID) -> PairContext {
        _read { yield contexts[catalogue.place(of: service, on: instance)] }
        _modify { yield &contexts[catalogue.place(of: service, on: instance)] }
    }

    /// Changes an instance's phase.
    mutating func enter(_ phase: Phase, _ instance: InstanceID) {
        self[instance].phase = phase
        if phase == .absent { inMemory.remove(instance) } else { inMemory.insert(instance) }
    }

    /// Takes in that so many requests of the pair have arrived; only services that share an instance need be told apart.
    mutating func countRequests(_ count: Int, of service: ServiceID, on instance: InstanceID) {
        guard catalogue.sharing == .instances, catalogue.services.count > 1 else { return }
        if let fading = shares.restartIfNeeded(at: now) {
            for index in contexts.indices { contexts[index].recentRequests *= fading }
        }
        self[instance, service].recentRequests += Double(count) * shares.growth(at: now)
    }

    /// kappa of a pair now, in examples.
    public func ageOfContext(of pair: PairID) -> Double {
        let (service, model) = (catalogue.service(of: pair), catalogue.model(of: pair))
        return ageOfContext(of: service, on: catalogue.instance(service, model))
    }

    @inline(__always)
    func ageOfContext(of service: ServiceID, on instance: InstanceID) -> Double {
        age(self[instance, service], of: service, at: now)
    }

    @inline(__always)
    private func age(_ context: PairContext, of service: ServiceID, at instant: Time) -> Double {
        // Between the ends of slots nothing fades.
        let vanishing = settings.time == .slots ? 0 : catalogue[service].vanishing
        return context.state.ageOfContext(at: instant, vanishing: vanishing)
    }

    /// Contexts take in what was served in the slot, and age by one slot. O(pairs).
    mutating func endSlot() {
        energy?.endSlot()
        for index in 0..<catalogue.pairCount {
            let pair = PairID(index)
            // A variant's contexts are its base's.
            guard catalogue[catalogue.model(of: pair)].base == nil else { continue }
            let place = catalogue.place(of: pair)
            contexts[place].state.endSlot(
                at: now, served: Double(contexts[place].servedInSlot),
                vanishing: catalogue[catalogue.service(of: pair)].vanishing,
                window: catalogue.windowExamples(of: pair))
            contexts[place].servedInSlot = 0
        }
    }

    /// K of a pair: the demonstrations it holds, in examples.
    public func heldExamples(of pair: PairID) -> Double { contexts[catalogue.place(of: pair)].state.heldExamples }

    /// The instance's Age of Context: its services' kappa, each weighted by the service's recent share of requests.
    /// O(services that it serves). System model, "Sharing".
    public func ageOfContext(of instance: InstanceID) -> Double { ageOfContext(of: instance, at: now) }

    /// The same at an earlier instant, but for what has been served since.
    @inline(__always)
    func ageOfContext(of instance: InstanceID, at instant: Time) -> Double { fadingAge(of: instance, at: instant).age }

    /// The same with how fast it fades from then on at most, per second or slot, as long as nothing is asked of the instance:
    /// only those services' contexts fade that have not faded to nothing.
    @inline(__always)
    func fadingAge(of instance: InstanceID, at instant: Time) -> FadingAge {
        let services = catalogue.services(of: instance)
        guard services.count == 1 else { return meanFadingAge(services, on: instance, at: instant) }
        return fadingAge(contexts[catalogue.firstPlace(of: instance)], services.lowerBound, at: instant)
    }

    private func meanFadingAge(_ services: Range<Int>, on instance: InstanceID, at instant: Time) -> FadingAge {
        let first = catalogue.firstPlace(of: instance)
        let fades = settings.time == .continuous
        var (weighted, plain, weights) = (SIMD2<Double>.zero, SIMD2<Double>.zero, 0.0)
        // Bounds are checked once, for most of a decision's time goes by here where many services share a model.
        let own = contexts[(first + services.lowerBound)..<(first + services.upperBound)]
        own.withUnsafeBufferPointer { contexts in
            catalogue.services[services].withUnsafeBufferPointer { specs in
                for place in contexts.indices {
                    let vanishing = specs[place].vanishing
                    let kappa = contexts[place].state.ageOfContext(at: instant, vanishing: fades ? vanishing : 0)
                    let pair = SIMD2(kappa, kappa > 0 ? vanishing : 0)
                    let weight = contexts[place].recentRequests
                    weighted += weight * pair
                    weights += weight
                    plain += pair
                }
            }
        }
        return FadingAge(pair: weights > 0 ? weighted / weights : plain / Double(services.count))
    }

    @inline(__always)
    private func fadingAge(_ context: PairContext, _ service: Int, at instant: Time) -> FadingAge {
        let kappa = age(context, of: ServiceID(service), at: instant)
        return FadingAge(pair: SIMD2(kappa, kappa > 0 ? catalogue[ServiceID(service)].vanishing : 0))
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
            guard instance.inFlight >= slots || instance.waiting > 0 else { return 0 }
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
