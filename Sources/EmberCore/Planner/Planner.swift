/// The joint decision of caching and inference as a pure state machine: events in, effects out.
///
/// It does no I/O, reads no clock, owns no randomness and never blocks. The same (event, time) sequence gives the
/// same effects, so a recorded live log can be replayed and a simulator runs the server's own decisions.
///
/// Between two events it can be encoded, and whoever decodes it goes on exactly as it would have. Decisions must have been
/// taken before: they are not part of it.
public protocol Planning: Encodable, Sendable {
    /// Takes in what happened at `now` (never earlier than before) and appends what the driver must do.
    mutating func handle(_ event: Event, at now: Time, into effects: inout [Effect])
    /// The state that the decisions are taken on.
    var edge: EdgeState { get }
    /// When the planner wants a `tick` if nothing else happens before; nil when it waits for nothing.
    var nextWake: Time? { get }
    /// The admissions decided since the last call, where `PlannerSettings.recordsDecisions` is set.
    mutating func takeDecisions() -> [Decision]
    /// What another policy can go on with.
    var state: PlannerState { get }
    /// Whether a request of that id has arrived and not ended.
    func isLive(_ request: RequestID) -> Bool
    /// What contradicts the planner's promises; empty unless there is a bug. O(instances + pairs + requests).
    func brokenInvariants() -> [String]
}

/// The planner for one policy; see `PolicyCatalog` for how it is made.
///
/// Every event costs O(1) while nothing waits and no memory is wanted; an admission costs O(victims x log residents) where the policy
/// says how its scores fall (`Policy.fall(in:)`), else O(residents x log residents).
public struct Planner<P: Policy>: Planning, Codable {
    public internal(set) var edge: EdgeState
    var policy: P
    var requests = RequestTable()
    /// Instances whose load waits for memory to be freed, in the order of their admission.
    var reserved: [InstanceID] = []
    /// Instances that requests wait for.
    var queued: [InstanceID] = []
    var decisions: [Decision] = []
    /// When it is looked next whether a load ahead of requests pays.
    var nextLook: Time?
    /// Residents by lower bounds of their scores, where the policy says how these fall.
    var ranking: BoundRanking?
    var knownScores: KnownScores
    var search = VictimSearch()

    public init(catalogue: Catalogue, settings: PlannerSettings, policy: P) {
        self.init(continuing: PlannerState(catalogue: catalogue, settings: settings), policy: policy)
    }

    /// Goes on from where a planner of another policy is.
    init(continuing state: PlannerState, policy: P) {
        edge = state.edge
        requests = state.requests
        reserved = state.reserved
        queued = state.queued
        nextLook = state.nextLook
        self.policy = policy
        let instances = edge.catalogue.instanceCount
        ranking = policy.fall(in: edge.settings.time).map { BoundRanking($0, instances: instances) }
        knownScores = KnownScores(instances: instances)
        introduce()
    }

    // Compiled for each policy that ships; others work as well, through dynamic calls that make a request take up to 40 %
    // longer (docs/performance.md).
    #if compiler(>=6.3)
        @specialized(where P == LeastContext)
        @specialized(where P == LeastFrequentlyUsed)
        @specialized(where P == GreedyDualSizeFrequency)
        @specialized(where P == ValueOfResidency)
        @specialized(where P == SkiRental)
        @specialized(where P == RegretAndForecast)
        @specialized(where P == LeastRecentlyUsed)
        @specialized(where P == FirstInFirstOut)
        @specialized(where P == Hyperbolic)
        @specialized(where P == RandomVictim)
        @specialized(where P == CloudOnly)
    #endif
    public mutating func handle(_ event: Event, at now: Time, into effects: inout [Effect]) {
        edge.now = max(edge.now, now)
        switch event {
        case .requestArrived(let request, let service, let model, let offloadable, let terms):
            arrive(request, service, model, count: 1, offloadable: offloadable, terms, &effects)
        case .batchArrived(let request, let service, let model, let count, let offloadable):
            arrive(request, service, model, count: count, offloadable: offloadable, RequestTerms(), &effects)
        case .requestFinished(let request, let tokens, let bill): finish(request, tokens: tokens, bill: bill, &effects)
        case .requestFailed(let request, let retryable): fail(request, retryable: retryable, &effects)
        case .requestCancelled(let request): cancel(request, &effects)
        case .loadFinished(let instance): finishLoad(instance)
        case .loadFailed(let instance): failLoad(instance, &effects)
        case .unloadFinished(let instance): finishUnload(instance)
        case .engineDied(let instance): loseEngine(instance, &effects)
        case .contextMeasured(let service, let model, let examples, let worth):
            takeContext(of: service, model, examples: examples, worth: worth)
        case .weightsCached(let model, let share): takeCachedShare(of: model, share)
        case .workMeasured(let model, let work): edge.measured[model.index].rates.add(work)
        case .footprintMeasured(let instance, let resting, let peak):
            takeFootprint(of: instance, resting: resting, peak: peak)
        case .engineOverran(let instance, let resting, let peak):
            endOverrun(of: instance, resting: resting, peak: peak, &effects)
        case .modelRead(let instance, let estimate, let resting, let peak):
            takeModel(instance, estimate: estimate, resting: resting, peak: peak, &effects)
        case .modelUnusable(let instance): giveUpModel(instance, &effects)
        case .footprintForgotten(let instance): forgetFootprint(of: instance)
        case .energyMeasured(let joules): takeEnergy(joules)
        case .loadRequested(let instance): requestLoad(instance, &effects)
        case .unloadRequested(let instance): requestUnload(instance, &effects)
        case .tick: unloadIdle(&effects)
        // `SwitchingPlanner` has seen to it.
        case .policyChanged: break
        case .slotEnded:
            edge.endSlot()
            rankKnownByBounds()
        }
        settle(&effects)
    }

    public func isLive(_ request: RequestID) -> Bool { requests.isLive(request) }

    public mutating func takeDecisions() -> [Decision] {
        // Of most events there are none; emptying the list while it is returned would take memory for another one.
        if decisions.isEmpty { return [] }
        defer { decisions = [] }
        return decisions
    }

    /// Lets waiting requests and reserved loads go on as far as the state now allows.
    private mutating func settle(_ effects: inout [Effect]) {
        if edge.committed > edge.settings.budget { shed(&effects) }
        if edge.waiting > 0 {
            rejectOverdue(&effects)
            runWaiting(&effects)
            admitWaiting(&effects)
        }
        if nextLook != nil { lookAhead(&effects) }
        if !reserved.isEmpty { beginReservedLoads(&effects) }
    }
}
