import EmberCore

/// One event of a recorded stream with what the planner answered.
struct Step: Equatable {
    let time: Time
    let event: Event
    let effects: [Effect]
    let nextWake: Time?
}

/// A driver of the planner without a server: takes its effects, lets simulated engines answer, and audits every step.
///
/// Everything that it does follows from the scenario and the seed.
struct SimulatedEdge {
    /// What happens later, besides the planner's own wakes.
    enum Plan {
        case arrival
        case loadEnds(start: Int)
        case unloadEnds(start: Int)
        case runEnds(RequestID, run: Int)
        case clientGoes(RequestID, birth: Int)
        case orphanEnds(RequestID, run: Int)
        case repeated(Event)
    }

    let scenario: Scenario
    var planner: any Planning
    let audit: Audit
    var lots: SeededGenerator
    var agenda = Agenda<Plan>()
    var clock = Time.zero
    var steps: [Step] = []
    var arrivalsLeft: Int
    var freeIDs: [RequestID] = []
    var nextID = 0
    /// Counts starts, runs and births, so that a plan made for an earlier one is recognised.
    var counter = 0
    var starts: [InstanceID: Int] = [:]
    var runs: [RequestID: Int] = [:]
    var births: [RequestID: Int] = [:]
    /// What the next request that ends well brings; in the cloud it is to change nothing.
    var work: EngineWork?
    var decisions = 0

    init(_ entry: PolicyEntry, _ scenario: Scenario, seed: UInt64) {
        self.scenario = scenario
        planner = Self.planner(entry, scenario, seed)
        audit = Audit(scenario.catalogue, scenario.settings)
        lots = SeededGenerator(seed: seed)
        arrivalsLeft = scenario.requests
        agenda.plan(.arrival, at: .zero)
    }

    private static func planner(_ entry: PolicyEntry, _ scenario: Scenario, _ seed: UInt64) -> any Planning {
        let switching = try? SwitchingPlanner(
            policy: entry.name, catalogue: scenario.catalogue, settings: scenario.settings, seed: seed)
        // A policy that a test has made is in no catalogue, and stays.
        return switching ?? entry.planner(for: scenario.catalogue, settings: scenario.settings, seed: seed)
    }

    /// Drives the whole stream, then lets time run on until nothing is left to happen.
    mutating func run() {
        // A request needs a handful of events; far more than that is a livelock.
        let limit = 1000 + 100 * scenario.requests
        while steps.count < limit, audit.violations.isEmpty {
            let wake = planner.nextWake
            guard let next = [wake, agenda.next].compactMap({ $0 }).min() else { break }
            if let wake, wake <= clock { return audit.violate("nextWake \(wake) is not after \(clock)") }
            // Once every request has ended, only time-to-lives are left to wake for.
            if audit.live.isEmpty, agenda.isEmpty, arrivalsLeft == 0, wake == nil { break }
            clock = max(clock, next)
            if let planned = agenda.next, planned <= next { carryOut(agenda.popFirst()) } else { send(.tick) }
        }
        guard audit.violations.isEmpty else { return }
        if steps.count >= limit { audit.violate("livelock: \(limit) events and no end") }
        if !audit.live.isEmpty { audit.violate("deadlock: \(audit.live.keys.sorted()) never end") }
        audit.checkLedger(planner.edge.ledger)
    }

    mutating func send(_ event: Event) {
        var effects: [Effect] = []
        var before = planner.edge
        audit.willHandle(event, at: clock)
        planner.handle(event, at: clock, into: &effects)
        // Ids are others from then on.
        if case .catalogueChanged = event { before = planner.edge }
        steps.append(Step(time: clock, event: event, effects: effects, nextWake: planner.nextWake))
        decisions += planner.takeDecisions().count
        for effect in effects {
            audit.check(effect, before: before)
            obey(effect)
        }
        audit.check(planner, after: event)
        guard !audit.violations.isEmpty else { return }
        audit.violate("step \(steps.count) at \(clock.seconds): \(event) -> \(effects)")
    }

    private mutating func obey(_ effect: Effect) {
        switch effect {
        case .beginLoad(let instance):
            starts[instance] = count()
            agenda.plan(.loadEnds(start: counter), at: clock + lots.number(scenario.loadSeconds))
        case .beginUnload(let instance, _):
            starts[instance] = count()
            agenda.plan(.unloadEnds(start: counter), at: clock + lots.number(scenario.unloadSeconds))
        case .dispatch(let request, _), .offload(let request, _):
            runs[request] = count()
            agenda.plan(.runEnds(request, run: counter), at: clock + lots.number(scenario.runSeconds))
        case .reject(let request, _): freeIDs.append(request)
        case .enqueue, .trial, .makeRoom: break
        }
    }

    private mutating func carryOut(_ plan: Plan) {
        switch plan {
        case .arrival: arrive()
        case .loadEnds(let start):
            guard let instance = starts.first(where: { $0.value == start })?.key else { return }
            starts[instance] = nil
            send(lots.happens(scenario.faults.loadFails) ? .loadFailed(instance) : .loadFinished(instance))
        case .unloadEnds(let start):
            guard let instance = starts.first(where: { $0.value == start })?.key else { return }
            starts[instance] = nil
            send(.unloadFinished(instance))
        case .runEnds(let request, let run):
            guard runs[request] == run else { return }
            end(request, fails: lots.happens(scenario.faults.requestFails))
        case .orphanEnds(let request, let run):
            guard runs[request] == run else { return }
            // Now and then the answer had already been given when the engine died: a late word.
            end(request, fails: !lots.happens(0.2))
        case .clientGoes(let request, let birth):
            guard births[request] == birth, audit.live[request] != nil else { return }
            runs[request] = nil
            send(.requestCancelled(request))
            freeIDs.append(request)
        case .repeated(let event):
            if audit.isMisfit(event) { send(event) }
        }
    }

    private mutating func end(_ request: RequestID, fails: Bool) {
        runs[request] = nil
        let event =
            fails
            ? Event.requestFailed(request, retryable: lots.happens(0.7))
            : .requestFinished(request, tokens: lots.whole(1...500), bill: bill(of: request), work: work)
        if !fails { work = nil }
        send(event)
        if audit.live[request] == nil, !freeIDs.contains(request) { freeIDs.append(request) }
        // The same word twice; only sent if the id has not been given out again by then.
        if lots.happens(scenario.faults.misfit) {
            agenda.plan(.repeated(event), at: clock + lots.number(0...0.1))
        }
    }

    /// Only what has been to the cloud is billed.
    private mutating func bill(of request: RequestID) -> Double {
        audit.live[request]?.state == .offloaded && lots.happens(0.5) ? lots.number(0...0.1) : 0
    }

    private mutating func arrive() {
        guard arrivalsLeft > 0 else { return }
        arrivalsLeft -= 1
        let request = takeID()
        births[request] = count()
        let birth = counter
        let service = ServiceID(lots.whole(0...(audit.catalogue.services.count - 1)))
        let model = ModelID(lots.whole(0...(audit.catalogue.models.count - 1)))
        var offloadable = lots.happens(scenario.offloadableShare)
        let unfit =
            lots.happens(scenario.unfitShare) ? audit.catalogue.models.indices.filter { _ in lots.happens(0.4) } : []
        // What neither the edge can serve nor the cloud may have is refused before.
        offloadable = offloadable || unfit.contains(model.index)
        var terms = RequestTerms(
            tenant: lots.whole(0...(scenario.tenants - 1)),
            deadlineSeconds: lots.happens(scenario.deadlineShare) ? (lots.happens(0.1) ? 0 : lots.number(0...20)) : nil,
            size: lots.happens(scenario.sizeShare) ? size() : nil, unfit: unfit.map { ModelID($0) })
        // Where there are none, no lot is drawn: the streams without them stay as they are.
        if scenario.suspectShare > 0, lots.happens(scenario.suspectShare) { terms.deaths = 1 }
        if scenario.tokenReports > 0, lots.happens(0.9) { terms.tokens = lots.whole(0...1200) }
        send(.requestArrived(request, service: service, model: model, offloadable: offloadable, terms: terms))
        if lots.happens(scenario.faults.cancelled) {
            agenda.plan(.clientGoes(request, birth: birth), at: clock + lots.number(0...5))
        }
        disturb()
        // Now and then a burst, now and then a long silence.
        let gap = lots.happens(0.2) ? 0 : scenario.meanGapSeconds * lots.number(0...2)
        agenda.plan(.arrival, at: clock + (lots.happens(0.01) ? 30 : gap))
    }

    private mutating func size() -> RequestSize {
        RequestSize(
            promptBytes: lots.whole(0...20_000), answerTokens: lots.happens(0.5) ? lots.whole(0...300) : nil,
            bill: lots.happens(0.5) ? lots.number(0...0.2) : nil)
    }

    private mutating func takeID() -> RequestID {
        if lots.happens(0.5), let reused = freeIDs.popLast() { return reused }
        defer { nextID += 1 }
        return RequestID(nextID)
    }

    mutating func count() -> Int {
        counter += 1
        return counter
    }
}
