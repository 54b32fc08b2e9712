public import EmberCore

/// All requests of one (service, model) pair in one slot.
public struct Batch: Hashable, Sendable {
    public let pair: PairID
    /// At least 1.
    public let count: Int
}

/// The requests of a run: the batches of each slot, in the order of pairs.
public struct Workload: Sendable {
    public let slots: [[Batch]]

    public var requests: Int { slots.joined().reduce(0) { $0 + $1.count } }
}

/// Where a scenario's requests come from.
public enum WorkloadKind: Sendable {
    /// Poisson arrivals whose means stay.
    case stationary(Popularity)
    /// Poisson arrivals; after each period the pairs' ranks are drawn again.
    case drift(Popularity, period: Int)
    /// Poisson arrivals of pairs that are busy for a while, then quiet.
    case bursty(Popularity, Bursts)
    /// Every pair in turn is hot just long enough to be bought, then silent.
    case adversarial(requestsPerSlot: Double, Hunt)
    /// Poisson arrivals that swing with the hours of a day, each pair with hours of its own, and crowds that come at
    /// once.
    case diurnal(Popularity, Day)
    /// Poisson arrivals of pairs with means of their own, that are busy for a while, then quiet.
    case mix([Double], Bursts)
    /// Requests of a trace, cut out and shared out at random.
    case trace(TraceWorkload)
    /// Requests as a file gives them, the same for every seed.
    case matrix(Workload)
    /// The requests of a server's run at their own times, the same for every seed; in event time.
    case recorded(RecordedWorkload)

    /// How pairs get their ranks; evenly where the kind has none.
    var ranks: RankRule {
        switch self {
        case .stationary(let popularity), .drift(let popularity, _), .bursty(let popularity, _),
            .diurnal(let popularity, _):
            popularity.ranks
        case .adversarial, .mix, .trace, .matrix, .recorded: RankRule()
        }
    }
}
