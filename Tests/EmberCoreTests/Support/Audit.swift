import EmberCore

/// A shadow of the server, kept from events and effects alone, that checks each effect against the rules.
final class Audit {
    struct Live {
        /// `arriving` and `failing` must be settled by an effect of the same call.
        enum State { case arriving, failing, waiting, running, orphaned, offloaded }
        var service: ServiceID
        /// The one that it asks for.
        var model: ModelID
        /// Another one's than the model's that it asks for, once a stand-in has taken it.
        var instance: InstanceID
        var offloadable: Bool
        let tenant: Int
        /// When it came, or came back from the cloud.
        var came: Time
        /// Then a retry goes by its arrival, which is earlier.
        var cameBack = false
        let isCloudModel: Bool
        var unfit: [ModelID]
        /// Engines that have died of it, or of one like it.
        var deaths: Int
        /// The bound of its tokens.
        var tokens: Int
        /// An engine of the edge has had it.
        var hasRun = false
        var state = State.arriving
    }
    struct InMemory {
        enum State { case starting, resident, stopping }
        var state = State.starting
        let began: Time
        var loadedAt = Time.zero
        var lastUsed = Time.zero
        /// Of tokens, since it became ready; and what idle conversations have of it.
        var pool: Int?
        var held = 0
    }

    var catalogue: Catalogue
    var settings: PlannerSettings
    /// The longest that a request may wait, under all bounds so far.
    var mostWaitSeconds: Double
    /// The same of those that wait for one instance.
    var mostQueue: Int
    var violations: [String] = []
    var live: [RequestID: Live] = [:]
    var memory: [InstanceID: InMemory] = [:]
    /// Instances whose pending load the operator asked for.
    var wanted: Set<InstanceID> = []
    /// Asked for in this call by requests that were sent away at once.
    var sentAway: Set<InstanceID> = []
    var reserved: Set<InstanceID> = []
    /// Of these, the ones whose request was sent away: the load is for those that follow.
    var reservedForOthers: Set<InstanceID> = []
    var now = Time.zero
    /// Since a footprint was measured larger, until memory is within the budget again.
    var isOverBudgetAllowed = false
    var loads = 0
    var evictions = 0
    var rejections = 0
    var edgeAnswers = 0
    var cloudAnswers = 0
    /// Events after which requests wait for tokens alone.
    var waitsForTokens = 0

    init(_ catalogue: Catalogue, _ settings: PlannerSettings) {
        self.catalogue = catalogue
        self.settings = settings
        mostWaitSeconds = settings.queue.maxWaitSeconds
        mostQueue = settings.queue.limitPerInstance
    }

    func violate(_ what: String) { violations.append(what) }

    func expect(_ holds: Bool, _ promise: @autoclosure () -> String) {
        if !holds { violations.append(promise()) }
    }

    func isResident(_ instance: InstanceID) -> Bool { memory[instance]?.state == .resident }

    func running(on instance: InstanceID) -> [RequestID] {
        live.filter { $0.value.instance == instance && $0.value.state == .running }.keys.sorted()
    }

    func waiting(for instance: InstanceID) -> [RequestID] {
        live.filter { $0.value.instance == instance && $0.value.state == .waiting && !mayStandIn(for: $0.value) }.keys
            .sorted()
    }

    /// Whether it may wait elsewhere than this shadow knows.
    func mayStandIn(for request: Live) -> Bool { !catalogue[request.service].standIns.isEmpty }

    func isPinned(_ instance: InstanceID) -> Bool { catalogue[catalogue.model(of: instance)].isPinned }

    /// Whether the event says something that cannot be so now, and must change nothing.
    func isMisfit(_ event: Event) -> Bool {
        switch event {
        case .requestFinished(let request, _, _, _), .requestFailed(let request, _):
            live[request] == nil || live[request]?.state == .waiting
        case .loadFinished(let instance), .loadFailed(let instance): memory[instance]?.state != .starting
        case .unloadFinished(let instance): memory[instance]?.state != .stopping
        case .engineDied(let instance): memory[instance]?.state != .resident
        case .engineOverran(let instance, _, _):
            memory[instance] == nil || memory[instance]?.state == .stopping
        default: false
        }
    }

    /// Takes in what the event says by itself, before the planner's answer.
    func willHandle(_ event: Event, at now: Time) {
        self.now = now
        guard !isMisfit(event) else { return }
        switch event {
        case .requestArrived(let request, let service, let model, let offloadable, let terms):
            expect(live[request] == nil, "the test gave out an id in use")
            live[request] = Live(
                service: service, model: model, instance: catalogue.instance(service, model), offloadable: offloadable,
                tenant: terms.tenant, came: now, isCloudModel: catalogue[model].placement == .cloud,
                unfit: terms.unfit, deaths: terms.deaths, tokens: terms.tokens)
        case .requestFinished(let request, _, _, _):
            if live[request]?.state == .offloaded { cloudAnswers += 1 } else { edgeAnswers += 1 }
            forget(request)
        case .requestFailed(let request, let retryable):
            let state = live[request]?.state
            if retryable { live[request]?.state = .failing } else { forget(request) }
            if retryable, state == .offloaded {
                live[request]?.offloadable = false
                live[request]?.came = now
                live[request]?.cameBack = true
            }
            if state == .running, let instance = live[request]?.instance { memory[instance]?.lastUsed = now }
        case .requestCancelled(let request): forget(request)
        case .loadFinished(let instance):
            memory[instance]?.state = .resident
            memory[instance]?.loadedAt = now
            memory[instance]?.lastUsed = now
            memory[instance]?.pool = catalogue[catalogue.model(of: instance)].poolTokens
            wanted.remove(instance)
        case .loadFailed(let instance):
            memory[instance] = nil
            wanted.remove(instance)
        case .unloadFinished(let instance): memory[instance] = nil
        case .engineDied(let instance), .engineOverran(let instance, _, _):
            for request in running(on: instance) {
                live[request]?.state = .orphaned
                if case .engineDied = event, settings.failures.deathLimit != nil { live[request]?.deaths += 1 }
            }
            if memory[instance]?.state == .starting { wanted.remove(instance) }
            memory[instance] = nil
            // What its next life is expected to take may be more than this one was.
            if case .engineOverran = event { isOverBudgetAllowed = true }
        case .loadRequested(let instance):
            if memory[instance] == nil || memory[instance]?.state == .stopping { wanted.insert(instance) }
        case .unloadRequested(let instance): wanted.remove(instance)
        case .footprintMeasured: isOverBudgetAllowed = true
        case .modelRead(let instance, _, _, _): if memory[instance]?.state == .starting { memory[instance] = nil }
        case .modelUnusable(let instance):
            guard memory[instance] == nil || memory[instance]?.state == .starting else { break }
            memory[instance] = nil
            wanted.remove(instance)
        case .tokensCounted, .tokensHeld: takeTokens(event)
        case .catalogueChanged(let change): move(CatalogueMap(change, of: catalogue))
        case .settingsChanged(let change): take(change)
        // Batches and slots are the simulator's, and checked there.
        case .footprintForgotten, .tick, .batchArrived, .slotEnded, .contextMeasured, .weightsCached, .energyMeasured,
            .policyChanged:
            break
        }
    }

    private func take(_ change: SettingsChange) {
        // What is in memory may exceed the new budget, until it has left.
        if settings.devices.count == 1 {
            if change.budget < settings.budget { isOverBudgetAllowed = true }
            settings.budget = change.budget
        }
        settings.queue = change.queue
        settings.prefetchSeconds = settings.prefetchSeconds ?? change.prefetchSeconds
        mostWaitSeconds = max(mostWaitSeconds, change.queue.maxWaitSeconds)
        mostQueue = max(mostQueue, change.queue.limitPerInstance)
    }

    private func forget(_ request: RequestID) {
        guard let ended = live.removeValue(forKey: request) else { return }
        if ended.state == .running { memory[ended.instance]?.lastUsed = now }
    }

    /// The ledger must have counted what this shadow has counted.
    func checkLedger(_ ledger: CostLedger) {
        expect(ledger.loads == loads, "the ledger has \(ledger.loads) loads, there were \(loads)")
        expect(ledger.evictions == evictions, "the ledger has \(ledger.evictions) evictions, there were \(evictions)")
        expect(ledger.rejectedRequests == rejections, "rejections: \(ledger.rejectedRequests), not \(rejections)")
        expect(ledger.edgeRequests == edgeAnswers, "edge requests: \(ledger.edgeRequests), not \(edgeAnswers)")
        expect(ledger.cloudRequests == cloudAnswers, "cloud requests: \(ledger.cloudRequests), not \(cloudAnswers)")
    }
}
