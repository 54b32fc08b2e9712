import EmberCore

// What the kinds of workloads are drawn by, with the defaults of scenarios.

/// How many requests come, and how they are shared out: the pair of rank r has a share proportional to r^-exponent
/// (Zipf's law).
public struct Popularity: Hashable, Sendable {
    public internal(set) var requestsPerSlot = 88.0
    public internal(set) var zipfExponent = 0.8
    public internal(set) var ranks = RankRule()
}

/// Which pairs are asked for, and how they get their ranks: by a key, the largest first. The key of the pair at place i
/// of n by memory, the smallest first from 0, is c i/n + (1 - |c|) u, with a lot u of its own.
public struct RankRule: Hashable, Sendable {
    /// c, from -1 to 1: 0: ranks are drawn evenly; 1: the largest pair is the most popular.
    public internal(set) var sizeCorrelation = 0.0
    /// The places by memory of the pairs that are asked for, which are the first; empty: all pairs, drawn evenly.
    public internal(set) var places: [Int] = []

    /// - Parameter memory: of the pairs that are asked for, in the order of their ids.
    mutating func take(memory: [Int]) {
        places = memory.map { _ in 0 }
        for (place, pair) in memory.indices.sorted(by: { (memory[$0], $0) < (memory[$1], $1) }).enumerated() {
            places[pair] = place
        }
    }

    /// The pairs that are asked for, of all that there are.
    func asked(of pairs: Int) -> [Int] { Array(0..<(places.isEmpty ? pairs : places.count)) }

    /// Puts the pairs that are asked for into a new order by rank, the most popular first. From one lot a pair, or one
    /// fewer where ranks are even.
    func draw(_ ranking: inout [Int], _ lots: inout SeededGenerator) {
        guard sizeCorrelation != 0, !places.isEmpty else { return lots.shuffle(&ranking) }
        let count = Double(places.count)
        let keys = places.map { place in
            sizeCorrelation * Double(place) / count + (1 - abs(sizeCorrelation)) * lots.nextUnit()
        }
        ranking.sort { (-keys[$0], $0) < (-keys[$1], $1) }
    }
}

/// On-off pairs: the chances, per slot, of being busy, and by what the mean is then multiplied.
public struct Bursts: Hashable, Sendable {
    public internal(set) var busyShare = 0.3
    public internal(set) var busyStays = 0.95
    public internal(set) var busyBegins = 0.02
    public internal(set) var busyFactor = 3.0
    public internal(set) var quietFactor = 0.15
}

/// The swing of popularity over a day, and the crowds that come without notice.
public struct Day: Hashable, Sendable {
    public internal(set) var slots = 96
    /// What share of its mean a pair gains at its best hour and loses at its worst.
    public internal(set) var swing = 0.9
    /// The chance per slot that a crowd comes, for a pair drawn evenly.
    public internal(set) var crowdChance = 0.02
    /// The mean requests that a crowd adds in its first slot.
    public internal(set) var crowdRequests = 60.0
    /// What is left of a crowd from one slot to the next.
    public internal(set) var crowdStays = 0.8
}

/// The hottest pair and the second have these shares of the requests per slot, each other pair `quietRequests`; every
/// `hotSlots` the second becomes the hottest and the next one the second.
public struct Hunt: Hashable, Sendable {
    public internal(set) var hotSlots = 12
    public internal(set) var quietRequests = 0.3
    public internal(set) var firstShare = 0.5
    public internal(set) var secondShare = 0.3
}
