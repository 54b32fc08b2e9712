import EmberCore

/// One request in event time.
struct Arrival: Sendable {
    let time: Time
    let pair: PairID
    let inputTokens: Int
    let outputTokens: Int
    /// nil: as the scenario says.
    var isOffloadable: Bool?
    var terms = RequestTerms()
    /// How a server's run has served it; nil: not at all, or it is not of one.
    var served: Served?

    struct Served: Sendable {
        /// nil: the cloud.
        let model: ModelID?
        /// From its dispatch, or its offloading, to the end of its answer.
        let seconds: Double
        /// Money.
        let bill: Double
        /// What the engine has reported of it.
        let work: EngineWork?
    }

    /// What an engine of the model would report of it: known where a server has served it so.
    func work(of model: ModelID) -> EngineWork? { served?.model == model ? served?.work : nil }
}

/// The requests of a run in event time, in the order of time: as a trace has them, or drawn slot by slot.
struct Arrivals {
    private var source: any IteratorProtocol<Arrival>
    private let scenario: Scenario
    private(set) var next: Arrival?

    init(_ scenario: Scenario, _ events: EventTime, seed: UInt64) {
        if case .recorded(let run) = scenario.workload {
            source = run.arrivals.makeIterator()
        } else if case .trace(let trace) = scenario.workload, !trace.recorded.isEmpty {
            var lots = Purpose.requests.generator(seed: seed)
            source = trace.arrivals(pairs: scenario.catalogue.pairCount, slots: scenario.slots, &lots)
        } else {
            source = SpreadArrivals(scenario, events, seed: seed)
        }
        self.scenario = scenario
        next = nextAtHome()
    }

    /// Takes the next request away.
    mutating func pop() -> Arrival? {
        defer { next = nextAtHome() }
        return next
    }

    private mutating func nextAtHome() -> Arrival? {
        while let arrival = source.next() {
            if scenario.isAtHome(arrival.pair) { return arrival }
        }
        return nil
    }
}

/// The requests of every slot at instants drawn evenly within it: Poisson numbers make a Poisson process of them.
/// Memory is that of one slot's requests.
private struct SpreadArrivals: IteratorProtocol {
    private var slots: SlotBatches
    private var instants: SeededGenerator
    private let catalogue: Catalogue
    private let events: EventTime
    private var slot = 0
    /// What is left of the slot under way, the latest first.
    private var waiting: [Arrival] = []

    init(_ scenario: Scenario, _ events: EventTime, seed: UInt64) {
        slots = SlotBatches(
            scenario.workload, pairs: scenario.catalogue.pairCount, slots: scenario.slots, seed: seed)
        instants = Purpose.instants.generator(seed: seed)
        catalogue = scenario.catalogue
        self.events = events
    }

    mutating func next() -> Arrival? {
        while waiting.isEmpty {
            guard let batches = slots.next() else { return nil }
            for batch in batches {
                for _ in 0..<batch.count { waiting.append(arrival(of: batch.pair)) }
            }
            // Equal instants are as good as impossible; then pairs decide.
            waiting.sort { ($0.time, $0.pair) > ($1.time, $1.pair) }
            slot += 1
        }
        return waiting.removeLast()
    }

    private mutating func arrival(of pair: PairID) -> Arrival {
        let model = catalogue.model(of: pair)
        let output = events.outputTokens[model.index]
        return Arrival(
            time: Time(seconds: (Double(slot) + instants.nextUnit()) * events.slotSeconds), pair: pair,
            inputTokens: catalogue[model].typicalTokens - output, outputTokens: output)
    }
}
