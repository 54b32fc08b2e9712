import EmberCore

/// Plays a workload to a planner slot by slot: the virtual clock, the engines and the cloud of a simulation.
///
/// Loads and unloads are done at the instant they are asked for. What is dispatched or offloaded ends with the slot,
/// so that it is in use during it.
struct SlotRun {
    private var planner: any Planning
    private let scenario: Scenario
    private var catalogue: Catalogue { scenario.catalogue }
    private var order: SeededGenerator
    /// Sets the residents at the start of each slot, instead of the policy.
    private var residents: (any ResidentPlan)?
    private let observers: [any RunObserver]
    private let isObserved: Bool
    private var effects: [Effect] = []
    /// What observers receive of the current event.
    private var answered: [Effect] = []

    init(
        planner: any Planning, scenario: Scenario, residents: (any ResidentPlan)?, seed: UInt64,
        observers: [any RunObserver] = []
    ) {
        self.planner = planner
        self.scenario = scenario
        self.residents = residents
        self.observers = observers
        isObserved = !observers.isEmpty
        order = Purpose.order.generator(seed: seed)
    }

    /// O(batches x log residents) or worse, as the policy has it; memory is that of one slot's batches.
    mutating func play(_ slots: some Sequence<[Batch]>) -> RunTotal {
        var requests = 0
        for (slot, batches) in slots.enumerated() {
            requests += batches.reduce(0) { $0 + $1.count }
            let now = Time(seconds: Double(slot))
            for event in residents?.nextEvents(in: planner.edge) ?? [] { tell(event, now) }
            var batches = batches
            order.shuffle(&batches)
            for (index, batch) in batches.enumerated() { tell(arrival(of: batch, RequestID(index)), now) }
            for (index, batch) in batches.enumerated() {
                let tokens = catalogue[catalogue.model(of: batch.pair)].typicalTokens * batch.count
                tell(.requestFinished(RequestID(index), tokens: tokens), now)
            }
            tell(.slotEnded, now)
        }
        let ledger = planner.edge.ledger
        precondition(
            ledger.edgeRequests + ledger.cloudRequests == requests, "every request ends exactly once")
        return RunTotal(ledger: ledger)
    }

    /// The papers' cloud takes whatever the edge does not.
    private func arrival(of batch: Batch, _ request: RequestID) -> Event {
        .batchArrived(
            request, service: catalogue.service(of: batch.pair), model: catalogue.model(of: batch.pair),
            count: batch.count, offloadable: true)
    }

    private mutating func tell(_ event: Event, _ now: Time) {
        planner.handle(event, at: now, into: &effects)
        while !effects.isEmpty {
            let pending = effects
            effects.removeAll(keepingCapacity: true)
            if isObserved { answered += pending }
            for effect in pending { answer(effect, now) }
        }
        if isObserved { tellObservers(event) }
    }

    private mutating func tellObservers(_ event: Event) {
        let decisions = planner.takeDecisions()
        for observer in observers { observer.saw(event, answered, decisions, planner.edge) }
        answered.removeAll(keepingCapacity: true)
    }

    private mutating func answer(_ effect: Effect, _ now: Time) {
        switch effect {
        case .beginLoad(let instance):
            planner.handle(.loadFinished(instance), at: now, into: &effects)
        case .beginUnload(let instance, _):
            planner.handle(.unloadFinished(instance), at: now, into: &effects)
        case .dispatch, .makeRoom, .offload, .enqueue, .reject, .trial: break
        }
    }
}
