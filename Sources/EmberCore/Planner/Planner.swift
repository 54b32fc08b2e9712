/// The planner for one policy: the rules of docs/planner.md, in its order. See `PolicyCatalog` for how it is made.
///
/// The machines own the state: those of `edge`, which policies may read; `residency`, which weighs who stays in memory;
/// `dispatcher`, which has the requests.
///
/// Every event costs O(1) while nothing waits and no memory is wanted; an admission costs O(victims x log residents)
/// where the policy says how its scores fall (`Policy.fall(in:)`), else O(residents x log residents).
public struct Planner<P: Policy>: Planning, Codable {
    public internal(set) var edge: EdgeState
    var residency: Residency<P>
    var dispatcher: Dispatcher

    public init(catalogue: Catalogue, settings: PlannerSettings, policy: P) {
        self.init(continuing: PlannerState(catalogue: catalogue, settings: settings), policy: policy)
    }

    /// Goes on from where a planner of another policy is (rule 32).
    init(continuing state: PlannerState, policy: P) {
        edge = state.edge
        dispatcher = Dispatcher(state.requests)
        residency = Residency(policy, nextLook: state.nextLook, continuing: &edge)
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
        swap(&dispatcher.effects, &effects)
        edge.now = max(edge.now, now)
        apply(event)
        proceed()
        residency.takeInChanges(&edge)
        swap(&dispatcher.effects, &effects)
    }

    @inline(__always)
    private mutating func apply(_ event: Event) {
        switch event {
        case .requestArrived(let request, let service, let model, let offloadable, let terms):
            arrive(request, service, model, count: 1, offloadable: offloadable, terms)
        case .batchArrived(let request, let service, let model, let count, let offloadable):
            arrive(request, service, model, count: count, offloadable: offloadable, RequestTerms())
        case .requestFinished(let request, let tokens, let bill, let work):
            endDrain(of: dispatcher.finish(request, tokens: tokens, bill: bill, work: work, &edge))
        case .requestFailed(let request, let retryable):
            if retryable, dispatcher.comeBack(request, &edge) { return send(request) }
            endDrain(of: dispatcher.fail(request, retryable: retryable, &edge))
        case .requestCancelled(let request): endDrain(of: dispatcher.cancel(request, &edge))
        case .loadFinished(let instance): edge.finishLoad(of: instance)
        case .loadFailed(let instance): if edge.endLoad(of: instance) { countFailure(of: instance) }
        case .unloadFinished(let instance): edge.finishUnload(of: instance)
        case .engineDied(let instance): loseEngine(instance)
        case .engineOverran(let instance, let resting, let peak):
            endOverrun(of: instance, resting: resting, peak: peak)
        case .modelRead(let instance, let estimate, let resting, let peak):
            readModel(instance, estimate: estimate, resting: resting, peak: peak)
        case .modelUnusable(let instance): giveUpModel(instance)
        case .loadRequested(let instance): requestLoad(instance)
        case .unloadRequested(let instance): requestUnload(instance)
        case .catalogueChanged(let change): changeCatalogue(change)
        case .settingsChanged(let change): if change.isSound { take(change) }
        case .tick: unloadIdle()
        // What is only measured goes to the machine that owns it.
        case .footprintMeasured(let instance, let resting, let peak):
            edge.memory.correct(instance, resting: resting, peak: peak, edge.catalogue)
        case .footprintForgotten(let instance): edge.memory.forgetFootprint(of: instance, at: edge.now, edge.catalogue)
        case .contextMeasured(let service, let model, let examples, let worth):
            edge.contexts.hold(
                examples, worth: worth, of: service, on: edge.catalogue.instance(service, model), at: edge.now,
                edge.catalogue)
        case .tokensCounted(let request, let tokens): dispatcher.countTokens(tokens, of: request, &edge)
        case .tokensHeld(let instance, let tokens):
            dispatcher.letGo(of: edge.tokens?.hold(tokens, on: instance), on: instance)
        case .weightsCached(let model, let share): edge.costs.setCachedShare(share, of: model, &edge.catalogue)
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
            dispatcher.endOverdue(&edge)
            dispatcher.runWaiting(&edge)
            admitWaiting()
        }
        if residency.nextLook != nil, let admission = residency.weighAhead(&edge) { conclude(admission) }
        if !edge.memory.reserved.isEmpty { beginReservedLoads() }
    }

    public func brokenInvariants() -> [String] { residency.brokenRanks(edge) + state.brokenInvariants() }

    public var nextWake: Time? { edge.nextWake(look: residency.nextLook) }

    public func isLive(_ request: RequestID) -> Bool { dispatcher.requests.isLive(request) }

    public mutating func takeDecisions() -> [Decision] { residency.takeDecisions() }

    public var state: PlannerState {
        PlannerState(edge: edge, requests: dispatcher.requests, nextLook: residency.nextLook)
    }
}
