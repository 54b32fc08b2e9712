/// Everything the planner knows of the edge server, as policies may read it.
public struct EdgeState: Sendable {
    public let catalogue: Catalogue
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
    /// Instances that are not absent, in the order of ids.
    private(set) var inMemory: [InstanceID] = []
    var energy: EnergyMeter?
    /// By place: an instance's contexts lie side by side.
    private var contexts: [PairContext]
    private var shares = ShareClock()

    init(catalogue: Catalogue, settings: PlannerSettings) {
        self.catalogue = catalogue
        self.settings = settings
        energy = EnergyMeter(settings)
        contexts = Array(repeating: PairContext(), count: catalogue.pairCount)
        instances = (0..<catalogue.instanceCount).map { index in
            let model = catalogue.model(of: InstanceID(index))
            return Instance(model: model, footprint: catalogue[model].residentBytes)
        }
    }

    public subscript(instance: InstanceID) -> Instance {
        get { instances[instance.index] }
        _modify { yield &instances[instance.index] }
    }

    subscript(context pair: PairID) -> PairContext {
        get { contexts[catalogue.place(of: pair)] }
        _modify { yield &contexts[catalogue.place(of: pair)] }
    }

    /// Changes an instance's phase.
    mutating func enter(_ phase: Phase, _ instance: InstanceID) {
        let wasAbsent = self[instance].phase == .absent
        self[instance].phase = phase
        guard wasAbsent != (phase == .absent) else { return }
        let place = inMemory.firstIndex { $0 >= instance } ?? inMemory.endIndex
        if wasAbsent { inMemory.insert(instance, at: place) } else { inMemory.remove(at: place) }
    }

    /// Takes in that so many requests of the pair have arrived; only services that share an instance need be told apart.
    mutating func countRequests(_ count: Int, of pair: PairID) {
        guard catalogue.sharing == .instances, catalogue.services.count > 1 else { return }
        if let fading = shares.restartIfNeeded(at: now) {
            for index in contexts.indices { contexts[index].recentRequests *= fading }
        }
        self[context: pair].recentRequests += Double(count) * shares.growth(at: now)
    }

    /// kappa of a pair now, in examples.
    public func ageOfContext(of pair: PairID) -> Double {
        age(contexts[catalogue.place(of: pair)], of: catalogue.service(of: pair), at: now)
    }

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
            let place = catalogue.place(of: pair)
            contexts[place].state.endSlot(
                at: now, served: Double(contexts[place].servedInSlot),
                vanishing: catalogue[catalogue.service(of: pair)].vanishing,
                window: catalogue.windowExamples(of: pair))
            contexts[place].servedInSlot = 0
        }
    }

    /// K of a pair: the demonstrations it holds, in examples.
    public func heldExamples(of pair: PairID) -> Double { self[context: pair].state.heldExamples }

    /// The instance's Age of Context: its services' kappa, each weighted by the service's recent share of requests.
    /// O(services that it serves). System model, "Sharing".
    public func ageOfContext(of instance: InstanceID) -> Double { ageOfContext(of: instance, at: now) }

    /// The same at an earlier instant, but for what has been served since.
    func ageOfContext(of instance: InstanceID, at instant: Time) -> Double {
        let services = catalogue.services(of: instance)
        let first = catalogue.firstPlace(of: instance)
        if services.count == 1 { return age(contexts[first], of: ServiceID(services.lowerBound), at: instant) }
        var (weighted, weights, plain) = (0.0, 0.0, 0.0)
        for service in services {
            let context = contexts[first + service]
            let kappa = age(context, of: ServiceID(service), at: instant)
            weighted += context.recentRequests * kappa
            weights += context.recentRequests
            plain += kappa
        }
        return weights > 0 ? weighted / weights : plain / Double(services.count)
    }

    /// What one edge request of the model saves against the cloud, at an Age of Context of `kappa`, in cost units;
    /// `tokens` of prefill and decode, by default those of a typical request.
    public func saving(of model: ModelID, kappa: Double, tokens: Int? = nil) -> Double {
        catalogue[model].saving(accuracy: catalogue[model].accuracy.accuracy(at: kappa), tokens: tokens)
    }
}

/// A pair's context, with how much of its instance's traffic the service has had of late.
struct PairContext: Sendable {
    var state = ContextState()
    /// Whether the instance has memory set aside for it.
    var isAttached = false
    var inFlight = 0
    /// Requests served in the slot that has not ended (`TimeModel.slots`).
    var servedInSlot = 0
    /// Requests of late, each halved with every half-life of its age, times a growth that all pairs share.
    var recentRequests = 0.0
}

/// The growth by which recent requests are kept: as if new ones weighed ever more, instead of old ones ever less, so that
/// silence costs nothing.
private struct ShareClock: Sendable {
    /// Growth is 1 here.
    private var base = Time.zero

    /// After this long, an old request counts half as much as a new one.
    private static let halfLifeSeconds = 600.0
    /// Before weights grow beyond what a double holds they are brought back to a growth of 1.
    private static let mostDoublings = 500.0

    private func doublings(at now: Time) -> Double { (now - base) / Self.halfLifeSeconds }

    func growth(at now: Time) -> Double { halving(-doublings(at: now)) }

    /// The factor for all weights, where growth begins anew.
    mutating func restartIfNeeded(at now: Time) -> Double? {
        let doublings = doublings(at: now)
        guard doublings > Self.mostDoublings else { return nil }
        base = now
        return halving(doublings)
    }
}
