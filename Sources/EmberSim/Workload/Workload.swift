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
    case adversarial(Hunt)
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
}

/// How many requests come, and how they are shared out: the pair of rank r has a share proportional to r^-exponent
/// (Zipf's law); ranks are assigned at random.
public struct Popularity: Hashable, Sendable {
    public let requestsPerSlot: Double
    public let zipfExponent: Double
}

/// On-off pairs: the chances, per slot, of being busy, and by what the mean is then multiplied.
public struct Bursts: Hashable, Sendable {
    public let busyShare: Double
    public let busyStays: Double
    public let busyBegins: Double
    public let busyFactor: Double
    public let quietFactor: Double
}

/// The swing of popularity over a day, and the crowds that come without notice.
public struct Day: Hashable, Sendable {
    public let slots: Int
    /// What share of its mean a pair gains at its best hour and loses at its worst.
    public let swing: Double
    /// The chance per slot that a crowd comes, for a pair drawn evenly.
    public let crowdChance: Double
    /// The mean requests that a crowd adds in its first slot.
    public let crowdRequests: Double
    /// What is left of a crowd from one slot to the next.
    public let crowdStays: Double
}

/// The hottest pair and the second have these shares of `requestsPerSlot`, each other pair `quietRequests`; every
/// `hotSlots` the second becomes the hottest and the next one the second.
public struct Hunt: Hashable, Sendable {
    public let requestsPerSlot: Double
    public let hotSlots: Int
    public let quietRequests: Double
    public let firstShare: Double
    public let secondShare: Double
}
