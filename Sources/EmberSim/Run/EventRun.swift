import EmberCore

/// Plays a scenario to a planner event by event: one virtual clock, engines that take time to load and to answer, and
/// the cloud behind its round trip.
///
/// At one instant what was planned happens first, in the order in which it was planned, then requests come, then the
/// planner's own wake is heeded. Memory does not grow with the number of requests. O(log plans + instances) an event.
struct EventRun {
    private enum Plan {
        case loadEnds(InstanceID, load: Int)
        case unloadEnds(InstanceID)
        case requestEnds(RequestID, bill: Double, work: EngineWork?)
        /// A server's events that are not requests.
        case news(Event)
        /// `random-set` alone: the residents are chosen again.
        case slotBegins(Int)
    }

    private var planner: any Planning
    private let scenario: Scenario
    private let events: EventTime
    private var arrivals: Arrivals
    private var residents: (any ResidentPlan)?
    private let observers: [any RunObserver]
    private var agenda = Agenda<Plan>()
    private var clock = Time.zero
    private var effects: [Effect] = []
    private var live = LiveRequests()
    private var waiting = Waiting()
    private var loads = LoadsUnderWay()

    init(
        planner: any Planning, scenario: Scenario, events: EventTime, residents: (any ResidentPlan)?, seed: UInt64,
        observers: [any RunObserver] = []
    ) {
        self.planner = planner
        self.scenario = scenario
        self.events = events
        self.residents = residents
        self.observers = observers
        arrivals = Arrivals(scenario, events, seed: seed)
    }

    mutating func play() -> RunTotal {
        if residents != nil { agenda.plan(.slotBegins(0), at: .zero) }
        if case .recorded(let run) = scenario.workload {
            for (time, event) in run.news { agenda.plan(.news(event), at: time) }
        }
        while step() {}
        precondition(live.isEmpty, "every request ends exactly once")
        return RunTotal(ledger: planner.edge.ledger, waiting: waiting)
    }

    /// Lets the next thing happen; false when all is done.
    private mutating func step() -> Bool {
        let planned = agenda.next ?? .distantFuture
        let arrival = arrivals.next?.time ?? .distantFuture
        // Once the last request has ended, no wake is needed.
        let isOver = arrival == .distantFuture && live.isEmpty
        let wake = isOver ? .distantFuture : planner.nextWake ?? .distantFuture
        let next = min(planned, arrival, wake)
        guard next < .distantFuture else { return false }
        clock = max(clock, next)
        if planned <= next, let plan = agenda.pop() {
            carryOut(plan)
        } else if arrival <= next, let request = arrivals.pop() {
            arrive(request)
        } else {
            tell(.tick)
        }
        return true
    }

    private mutating func arrive(_ arrival: Arrival) {
        tell(
            .requestArrived(
                live.begin(arrival), service: scenario.catalogue.service(of: arrival.pair),
                model: scenario.catalogue.model(of: arrival.pair),
                offloadable: (arrival.isOffloadable ?? events.isOffloadable) && mayPay,
                terms: arrival.terms))
    }

    private var mayPay: Bool { events.billLimit.map { planner.edge.ledger.billed < $0 } ?? true }

    private mutating func carryOut(_ plan: Plan) {
        switch plan {
        case .loadEnds(let instance, let load):
            if loads.end(load, of: instance) { tell(.loadFinished(instance)) }
        case .unloadEnds(let instance): tell(.unloadFinished(instance))
        case .requestEnds(let request, let bill, let work):
            let arrival = live.end(request)
            let tokens = arrival.inputTokens + arrival.outputTokens
            tell(.requestFinished(request, tokens: tokens, bill: bill, work: work))
        case .news(let event): tell(event)
        case .slotBegins(let slot):
            for event in residents?.nextEvents(in: planner.edge) ?? [] { tell(event) }
            let next = Time(seconds: Double(slot + 1) * events.slotSeconds)
            if slot + 1 < scenario.slots { agenda.plan(.slotBegins(slot + 1), at: next) }
        }
    }

    private mutating func tell(_ event: Event) {
        effects.removeAll(keepingCapacity: true)
        planner.handle(event, at: clock, into: &effects)
        for effect in effects { obey(effect) }
        if !observers.isEmpty {
            let decisions = planner.takeDecisions()
            for observer in observers { observer.saw(event, effects, decisions, planner.edge) }
        }
        precondition(
            scenario.measuresMemory
                || planner.edge.occupied <= scenario.edge.memory && planner.edge.committed <= scenario.edge.memory,
            "memory is never above the budget")
    }

    private mutating func obey(_ effect: Effect) {
        switch effect {
        case .beginLoad(let instance):
            let model = scenario.catalogue.model(of: instance)
            let seconds = events.loadSeconds(of: model, scenario.catalogue[model])
            waiting.loadSeconds += seconds
            agenda.plan(.loadEnds(instance, load: loads.begin(instance)), at: clock + seconds)
        case .beginUnload(let instance, _):
            loads.cancel(instance)
            let seconds = events.unloadSeconds(of: scenario.catalogue.model(of: instance))
            agenda.plan(.unloadEnds(instance), at: clock + seconds)
        case .dispatch(let request, let instance):
            let arrival = live[request]
            let model = scenario.catalogue.model(of: instance)
            begin(request, arrival, seconds: events.edgeSeconds(of: model, arrival), work: arrival.work(of: model))
        case .offload(let request, _):
            let arrival = live[request]
            let (seconds, bill) = events.cloud(of: scenario.catalogue.model(of: arrival.pair), arrival)
            begin(request, arrival, seconds: seconds, bill: bill)
        case .reject(let request, _): live.end(request)
        // Nothing is reported as held, so there is nothing to let go of.
        case .enqueue, .trial, .makeRoom: break
        }
    }

    private mutating func begin(
        _ request: RequestID, _ arrival: Arrival, seconds: Double, bill: Double = 0, work: EngineWork? = nil
    ) {
        waiting.add(clock - arrival.time)
        agenda.plan(.requestEnds(request, bill: bill, work: work), at: clock + seconds)
    }
}
