import EmberCore
import Foundation

extension WorkloadKind {
    /// The requests of a run; the same seed gives the same ones, whatever the policy. O(requests + slots x pairs).
    func workload(pairs: Int, slots: Int, seed: UInt64) -> Workload {
        var lots = Purpose.requests.generator(seed: seed)
        switch self {
        case .matrix(let workload): return workload
        case .trace(let trace): return trace.workload(pairs: pairs, slots: slots, &lots)
        case .stationary, .drift, .bursty, .adversarial, .diurnal: break
        }
        var means = MeansOverTime(kind: self, pairs: pairs, &lots)
        return Workload(
            slots: (0..<slots).map { slot in
                means.advance(to: slot, &lots)
                return (0..<pairs).compactMap { pair in
                    let count = lots.poisson(means.current[pair])
                    return count > 0 ? Batch(pair: PairID(pair), count: count) : nil
                }
            })
    }
}

extension Scenario {
    /// The requests of a run.
    func requests(seed: UInt64) -> Workload {
        workload.workload(pairs: catalogue.pairCount, slots: slots, seed: seed)
    }
}

/// What lots are drawn for; each purpose has a stream of its own, so that policies meet the same requests and order.
enum Purpose: UInt64 {
    case requests = 1
    case order = 2
    case residents = 3
    case policy = 4

    func generator(seed: UInt64) -> SeededGenerator { SeededGenerator(seed: seed &* 8 &+ rawValue) }
}

/// The mean requests of every pair, slot by slot.
private struct MeansOverTime {
    private let kind: WorkloadKind
    private(set) var current: [Double]
    /// Pairs by rank, the most popular first.
    private var ranking: [Int]
    private var isBusy: [Bool] = []
    /// When in the day each pair's swing begins, as a share of it.
    private var hours: [Double] = []
    /// What crowds add to each pair's mean.
    private var crowds: [Double] = []

    init(kind: WorkloadKind, pairs: Int, _ lots: inout SeededGenerator) {
        self.kind = kind
        current = Array(repeating: 0, count: pairs)
        ranking = Array(0..<pairs)
        lots.shuffle(&ranking)
        switch kind {
        case .stationary(let popularity), .drift(let popularity, _): spread(popularity)
        case .bursty(_, let bursts): isBusy = current.map { _ in lots.happens(bursts.busyShare) }
        case .diurnal:
            hours = current.map { _ in lots.nextUnit() }
            crowds = current
        case .adversarial, .matrix, .trace: break
        }
    }

    mutating func advance(to slot: Int, _ lots: inout SeededGenerator) {
        switch kind {
        case .stationary, .matrix, .trace: break
        case .drift(let popularity, let period):
            guard slot > 0, slot % period == 0 else { return }
            lots.shuffle(&ranking)
            spread(popularity)
        case .bursty(let popularity, let bursts):
            for pair in isBusy.indices {
                isBusy[pair] = lots.happens(isBusy[pair] ? bursts.busyStays : bursts.busyBegins)
            }
            spread(popularity)
            for pair in isBusy.indices { current[pair] *= isBusy[pair] ? bursts.busyFactor : bursts.quietFactor }
        case .adversarial(let hunt): heat(hunt, slot)
        case .diurnal(let popularity, let day):
            spread(popularity)
            gather(day, &lots)
            for pair in current.indices {
                let angle = 2 * Double.pi * (Double(slot % day.slots) / Double(day.slots) + hours[pair])
                current[pair] = current[pair] * (1 + day.swing * sin(angle)) + crowds[pair]
            }
        }
    }

    private mutating func spread(_ popularity: Popularity) {
        let shares = zipfShares(ranking.count, exponent: popularity.zipfExponent)
        for (pair, share) in zip(ranking, shares) { current[pair] = popularity.requestsPerSlot * share }
    }

    /// Crowds shrink; a new one comes by lot.
    private mutating func gather(_ day: Day, _ lots: inout SeededGenerator) {
        for pair in crowds.indices { crowds[pair] *= day.crowdStays }
        guard lots.happens(day.crowdChance) else { return }
        crowds[lots.below(crowds.count)] += day.crowdRequests
    }

    private mutating func heat(_ hunt: Hunt, _ slot: Int) {
        for pair in current.indices { current[pair] = hunt.quietRequests }
        let turn = slot / hunt.hotSlots
        current[ranking[turn % ranking.count]] = hunt.requestsPerSlot * hunt.firstShare
        current[ranking[(turn + 1) % ranking.count]] = hunt.requestsPerSlot * hunt.secondShare
    }
}
