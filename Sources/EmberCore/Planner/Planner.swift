/// The joint decision of caching and inference as a pure state machine: events in, effects out.
///
/// It does no I/O, reads no clock, owns no randomness and never blocks. The same (event, time) sequence gives the
/// same effects, so a recorded live log can be replayed and a simulator runs the server's own decisions.
///
/// Between two events it can be encoded; decoded, it goes on exactly as it would have. Decisions must have been taken
/// before: they are not part of it.
public protocol Planning: Encodable, Sendable {
    /// Takes in what happened at `now` (never earlier than before) and appends what the driver must do.
    mutating func handle(_ event: Event, at now: Time, into effects: inout [Effect])
    /// The state that the decisions are based on.
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
/// Every event costs O(1) while nothing waits and no memory is wanted; an admission costs O(victims x log residents)
/// where the policy says how its scores fall (`Policy.fall(in:)`), else O(residents x log residents).
public struct Planner<P: Policy>: Planning, Codable {
    public internal(set) var edge: EdgeState
    var policy: P
    var requests = RequestTable()
    /// When the planner next considers a load ahead of requests.
    var nextLook: Time?
    var index: VictimIndex
    /// What the driver must do about the event that is handled; meanwhile the driver's own list.
    var effects: [Effect] = []
    var decisions: [Decision] = []

    /// Between two events there are no effects, and decisions have been taken.
    private enum CodingKeys: CodingKey {
        case edge, policy, requests, nextLook, index
    }

    public init(catalogue: Catalogue, settings: PlannerSettings, policy: P) {
        self.init(continuing: PlannerState(catalogue: catalogue, settings: settings), policy: policy)
    }

    /// Goes on from where a planner of another policy is (rule 32).
    init(continuing state: PlannerState, policy: P) {
        edge = state.edge
        requests = state.requests
        nextLook = state.nextLook
        self.policy = policy
        index = VictimIndex(policy.fall(in: state.edge.settings.time), state.edge)
        introduce()
    }

    // Compiled for each policy that ships; others work as well, through dynamic calls that make a request take up to 40
    // % longer (docs/performance.md).
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
        swap(&self.effects, &effects)
        edge.now = max(edge.now, now)
        takeIn(event)
        proceed()
        index.takeInChanges(&edge, &policy)
        swap(&self.effects, &effects)
    }

    @inline(__always)
    private mutating func takeIn(_ event: Event) {
        switch event {
        case .requestArrived(let request, let service, let model, let offloadable, let terms):
            arrive(request, service, model, count: 1, offloadable: offloadable, terms)
        case .batchArrived(let request, let service, let model, let count, let offloadable):
            arrive(request, service, model, count: count, offloadable: offloadable, RequestTerms())
        case .requestFinished(let request, let tokens, let bill): finish(request, tokens: tokens, bill: bill)
        case .requestFailed(let request, let retryable): fail(request, retryable: retryable)
        case .requestCancelled(let request): cancel(request)
        case .loadFinished(let instance): finishLoad(instance)
        case .loadFailed(let instance): failLoad(instance)
        case .unloadFinished(let instance): finishUnload(instance)
        case .engineDied(let instance): loseEngine(instance)
        case .engineOverran(let instance, let resting, let peak):
            endOverrun(of: instance, resting: resting, peak: peak)
        case .footprintForgotten(let instance): forgetFootprint(of: instance)
        case .modelRead(let instance, let estimate, let resting, let peak):
            readModel(instance, estimate: estimate, resting: resting, peak: peak)
        case .modelUnusable(let instance): giveUpModel(instance)
        case .loadRequested(let instance): requestLoad(instance)
        case .unloadRequested(let instance): requestUnload(instance)
        case .tick: unloadIdle()
        // What is only measured goes to the machine that owns it.
        case .contextMeasured(let service, let model, let examples, let worth):
            edge.contexts.hold(
                examples, worth: worth, of: service, on: edge.catalogue.instance(service, model), at: edge.now,
                edge.catalogue)
        case .weightsCached(let model, let share): edge.costs.setCachedShare(share, of: model, &edge.catalogue)
        case .workMeasured(let model, let work): edge.costs.addWork(work, of: model)
        case .footprintMeasured(let instance, let resting, let peak):
            edge.memory.correct(instance, resting: resting, peak: peak, edge.catalogue)
        case .energyMeasured(let joules): edge.costs.spendMeasured(joules, at: edge.now, &edge.catalogue)
        case .slotEnded:
            edge.costs.endSlot()
            edge.contexts.endSlot(at: edge.now, edge.catalogue)
        // `SwitchingPlanner` has changed the policy.
        case .policyChanged: break
        }
    }

    /// Lets waiting requests and reserved loads go on as far as the state now allows, in the order of docs/planner.md.
    private mutating func proceed() {
        if edge.memory.isOvercommitted { shed() }
        if edge.waiting > 0 {
            endOverdue()
            runWaiting()
            admitWaiting()
        }
        if nextLook != nil { lookAhead() }
        if !edge.memory.reserved.isEmpty { beginReservedLoads() }
    }

    public func brokenInvariants() -> [String] { index.brokenRanks(edge, policy) + state.brokenInvariants() }

    public var nextWake: Time? { edge.nextWake(look: nextLook) }

    public func isLive(_ request: RequestID) -> Bool { requests.isLive(request) }

    public mutating func takeDecisions() -> [Decision] {
        // Of most events there are none; emptying the list while it is returned would take memory for another one.
        if decisions.isEmpty { return [] }
        defer { decisions = [] }
        return decisions
    }
}
