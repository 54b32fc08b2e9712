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
    var contexts: [PairContext]

    init(catalogue: Catalogue, settings: PlannerSettings) {
        self.catalogue = catalogue
        self.settings = settings
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

    /// kappa of a pair now, in examples.
    public func ageOfContext(of pair: PairID) -> Double {
        // Between the ends of slots nothing fades.
        let vanishing = settings.time == .slots ? 0 : catalogue[catalogue.service(of: pair)].vanishing
        return contexts[pair.index].state.ageOfContext(at: now, vanishing: vanishing)
    }

    /// Contexts take in what was served in the slot, and age by one slot. O(pairs).
    mutating func endSlot() {
        for index in contexts.indices {
            let pair = PairID(index)
            contexts[index].state.endSlot(
                at: now, served: Double(contexts[index].servedInSlot),
                vanishing: catalogue[catalogue.service(of: pair)].vanishing,
                window: catalogue.windowExamples(of: pair))
            contexts[index].servedInSlot = 0
        }
    }

    /// K of a pair: the demonstrations it holds, in examples.
    public func heldExamples(of pair: PairID) -> Double { contexts[pair.index].state.heldExamples }

    /// The instance's Age of Context: its services' kappa, each weighted by the service's recent share of requests.
    /// O(services that it serves). System model, "Sharing".
    public func ageOfContext(of instance: InstanceID) -> Double {
        let model = self[instance].model
        let services = catalogue.services(of: instance)
        if services.count == 1 { return ageOfContext(of: catalogue.pair(ServiceID(services.lowerBound), model)) }
        var (weighted, weights, plain) = (0.0, 0.0, 0.0)
        for service in services {
            let pair = catalogue.pair(ServiceID(service), model)
            let kappa = ageOfContext(of: pair)
            let weight = contexts[pair.index].recentRequests(at: now)
            weighted += weight * kappa
            weights += weight
            plain += kappa
        }
        return weights > 0 ? weighted / weights : plain / Double(services.count)
    }

    /// What one edge request of the model saves against the cloud, at an Age of Context of `kappa`, in cost units;
    /// `tokens` of prefill and decode, by default those of a typical request.
    public func saving(of model: ModelID, kappa: Double, tokens: Int? = nil) -> Double {
        let spec = catalogue[model]
        return spec.costs.saving(accuracy: spec.accuracy.accuracy(at: kappa), tokens: tokens ?? spec.typicalTokens)
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
    private var recent = 0.0
    private var recentAt = Time.zero

    /// After this long, an old request counts half as much as a new one.
    private static let halfLifeSeconds = 600.0

    func recentRequests(at now: Time) -> Double {
        guard recent > 0 else { return 0 }
        return recent * halving((now - recentAt) / Self.halfLifeSeconds)
    }

    mutating func countRequests(_ count: Int, at now: Time) {
        recent = recentRequests(at: now) + Double(count)
        recentAt = now
    }
}
