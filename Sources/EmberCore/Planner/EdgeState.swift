/// Everything the planner knows of the edge server, as policies may read it. Each machine owns a part of it.
public struct EdgeState: Codable, Sendable {
    /// With what has been measured of its models' costs so far.
    public internal(set) var catalogue: Catalogue
    public internal(set) var settings: PlannerSettings
    /// The time of the planner's latest event.
    public internal(set) var now = Time.zero
    /// Requests for models of the edge that have arrived, wherever they ran; hedges do not count.
    public internal(set) var arrivals = 0
    var memory: MemoryLedger
    var room: WaitingRoom
    var contexts: ContextBook
    var costs: CostBook
    /// Nil: no model has ever stated a pool.
    var tokens: TokenLedger?

    init(catalogue: Catalogue, settings: PlannerSettings) {
        self.catalogue = catalogue
        self.settings = settings
        memory = MemoryLedger(catalogue, budgets: settings.devices)
        room = WaitingRoom(instances: catalogue.instanceCount)
        contexts = ContextBook(catalogue, settings.time)
        costs = CostBook(catalogue, settings)
        tokens = TokenLedger(catalogue)
    }

    /// The same edge at a later instant, at which nothing has happened yet.
    public func at(_ instant: Time) -> EdgeState {
        var later = self
        later.now = max(now, instant)
        return later
    }
}

// Memory.
extension EdgeState {
    public var instances: [Instance] { memory.instances }

    // Lent, not copied.
    public subscript(instance: InstanceID) -> Instance {
        @inline(__always) _read { yield memory.instances[instance.index] }
    }

    /// Memory of everything loading, resident or leaving, with room for one request each and what further ones take.
    public var occupied: Bytes { memory.occupied }
    /// Memory of what will be in memory once everything under way is done, with room for one request each.
    public var committed: Bytes { memory.committed }

    /// The budget less what other pinned instances take that are not absent; of several devices, what it can have in
    /// the layout that it has, or else in any. O(pinned instances).
    public func room(for instance: InstanceID) -> Bytes { memory.room(for: instance, catalogue) }

    /// Whether the instance fits beside what can never be evicted: as it was estimated, or as it was seen at rest. What
    /// was learnt may let it in, but does not keep it out. O(pinned instances).
    public func canEverFit(_ instance: InstanceID) -> Bool { memory.canEverFit(instance, catalogue) }

    /// Whether an instance in memory can go now, and if not, why.
    func standing(of id: InstanceID) -> Decision.Candidate.Standing {
        switch self[id].phase {
        case .leaving: return .leaving
        case .absent, .reserved, .loading: return .loading
        case .resident:
            if self[id].isDraining { return .leaving }
            if catalogue[self[id].model].isPinned { return .pinned }
            if self[id].protectedUntil(settings) > now { return .protected }
            return isInUse(id) ? .inUse : .evictable
        }
    }

    /// With running or waiting requests.
    @inline(__always)
    func isInUse(_ instance: InstanceID) -> Bool { self[instance].inFlight > 0 || room.count(for: instance) > 0 }
}

// Requests that wait.
extension EdgeState {
    /// Requests that wait, over all instances.
    public var waiting: Int { room.count }

    /// Requests that wait for the instance.
    public func waiting(for instance: InstanceID) -> Int { room.count(for: instance) }

    /// Seconds until work on a request for the instance that comes now would begin, by what has been seen of loads and
    /// requests so far; what has not been seen counts 0.
    ///
    /// - Parameters:
    ///   - tokens: the bound of the request's tokens; 0: it counts none.
    ///   - ahead: those that wait and have their turn before it; nil: all that wait.
    public func expectedWait(for id: InstanceID, tokens: Int = 0, behind ahead: Int? = nil) -> Double {
        let ahead = ahead ?? room.count(for: id)
        let model = self[id].model
        let slots = catalogue[model].parallel
        let each = costs.measured[model.index].edge.value ?? 0
        if self[id].isInService {
            let isOpen = self[id].inFlight < slots && room.count(for: id) == 0 && !self[id].runsSuspect
            let hasTokens = self.tokens?.fits(tokens, on: id) ?? true
            if isOpen, hasTokens, memory.hasMemoryForRequest(on: id) { return 0 }
            return each * Double(ahead + 1) / Double(slots)
        }
        let load = loadSeconds(of: model) ?? 0
        let left = self[id].phase == .loading ? max(0, load - (now - self[id].loadBegan)) : load
        return left + each * Double(ahead / slots)
    }
}

// Tokens.
extension EdgeState {
    /// The tokens of a resident's engine; nil: it is not resident, or its tokens are not bounded.
    public subscript(pool instance: InstanceID) -> TokenPool? { tokens?[instance] }
}

// Contexts.
extension EdgeState {
    /// kappa of a pair now, in examples.
    public func ageOfContext(of pair: PairID) -> Double {
        let (service, model) = (catalogue.service(of: pair), catalogue.model(of: pair))
        return ageOfContext(of: service, on: catalogue.instance(service, model))
    }

    @inline(__always)
    func ageOfContext(of service: ServiceID, on instance: InstanceID) -> Double {
        contexts.fadingAge(of: service, on: instance, at: now, catalogue).age
    }

    /// K of a pair: the demonstrations it holds, in examples.
    public func heldExamples(of pair: PairID) -> Double { contexts[catalogue.place(of: pair)].state.heldExamples }

    /// The instance's Age of Context: its services' kappa, each weighted by the service's recent share of requests.
    /// O(1) where its line has been drawn, else O(services that it serves). System model, "Sharing".
    ///
    /// - Parameter instant: an earlier one than now, but for what has been served since.
    @inline(__always)
    public func ageOfContext(of instance: InstanceID, at instant: Time? = nil) -> Double {
        contexts.fadingAge(of: instance, at: instant ?? now, catalogue).age
    }

    /// The same with how fast it fades from then on at most, per second or slot, while no request for the instance
    /// arrives.
    @inline(__always)
    func fadingAge(of instance: InstanceID, at instant: Time) -> FadingAge {
        contexts.fadingAge(of: instance, at: instant, catalogue)
    }

    @inline(__always)
    mutating func drawAgeLine(of instance: InstanceID) { contexts.drawAgeLine(of: instance, at: now, catalogue) }
}

// Costs.
extension EdgeState {
    public var ledger: CostLedger { costs.ledger }
    /// By model; in continuous time.
    public var measured: [MeasuredCosts] { costs.measured }

    /// Seconds that a load of the model is expected to take, from its own loads or else those of others by their bytes;
    /// nil before any.
    public func loadSeconds(of model: ModelID) -> Double? { costs.loadSeconds(of: model, catalogue) }

    /// What one edge request of the model saves against the cloud, at an Age of Context of `kappa`, in cost units;
    /// `tokens` of prefill and decode, by default those of a typical request.
    public func saving(of model: ModelID, kappa: Double, tokens: Int? = nil) -> Double {
        catalogue[model].saving(accuracy: catalogue[model].accuracy.accuracy(at: kappa), tokens: tokens)
    }
}

// What the `VictimIndex` takes in.
extension EdgeState {
    var hasChanges: Bool {
        @inline(__always) get {
            !(memory.changed.isEmpty && room.changed.isEmpty && contexts.changed.isEmpty && costs.changed.isEmpty)
                || contexts.slotHasEnded
        }
    }

    mutating func forgetChanges() {
        memory.changed.removeAll()
        room.changed.removeAll()
        contexts.changed.removeAll()
        costs.changed.removeAll()
        contexts.slotHasEnded = false
    }
}
