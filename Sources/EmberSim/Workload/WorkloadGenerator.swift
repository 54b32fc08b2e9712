import EmberCore
import Foundation

extension WorkloadKind {
    /// The requests of a run; the same seed gives the same ones, whatever the policy. O(requests + slots x pairs).
    func workload(pairs: Int, slots: Int, seed: UInt64) -> Workload {
        Workload(slots: Array(SlotBatches(self, pairs: pairs, slots: slots, seed: seed)))
    }
}

/// The batches of a run, slot by slot; Poisson ones are drawn only when they are asked for.
struct SlotBatches: Sequence, IteratorProtocol {
    private enum Source {
        case given([[Batch]])
        case drawn
    }

    private let source: Source
    private let slots: Int
    private var lots: SeededGenerator
    private var means: MeansOverTime
    private var slot = 0

    init(_ kind: WorkloadKind, pairs: Int, slots: Int, seed: UInt64) {
        self.slots = slots
        lots = Purpose.requests.generator(seed: seed)
        switch kind {
        case .matrix(let workload): source = .given(workload.slots)
        case .trace(let trace): source = .given(trace.workload(pairs: pairs, slots: slots, &lots).slots)
        // It is never run in slots.
        case .recorded: source = .given([])
        case .stationary, .drift, .bursty, .adversarial, .diurnal, .mix: source = .drawn
        }
        means = MeansOverTime(kind: kind, pairs: pairs, &lots)
    }

    mutating func next() -> [Batch]? {
        guard slot < slots else { return nil }
        defer { slot += 1 }
        if case .given(let batches) = source { return batches[slot] }
        means.advance(to: slot, &lots)
        return means.current.enumerated().compactMap { pair, mean in
            let count = lots.poisson(mean)
            return count > 0 ? Batch(pair: PairID(pair), count: count) : nil
        }
    }
}

extension Scenario {
    /// The requests of a run, slot by slot; of one server's services where the scenario is its part.
    func batches(seed: UInt64) -> some Sequence<[Batch]> {
        SlotBatches(workload, pairs: catalogue.pairCount, slots: slots, seed: seed).lazy.map { batches in
            server == nil ? batches : batches.filter { isAtHome($0.pair) }
        }
    }

    /// The requests of a run.
    func requests(seed: UInt64) -> Workload {
        workload.workload(pairs: catalogue.pairCount, slots: slots, seed: seed)
    }
}

/// Purposes of random draws; each has a stream of its own, so that policies meet the same requests and order.
enum Purpose: UInt64 {
    case requests = 1
    case order = 2
    case residents = 3
    case policy = 4
    /// When within its slot a request comes, in event time.
    case instants = 5

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
        ranking = kind.ranks.asked(of: pairs)
        kind.ranks.draw(&ranking, &lots)
        switch kind {
        case .stationary(let popularity), .drift(let popularity, _): spread(popularity)
        case .bursty(_, let bursts), .mix(_, let bursts): isBusy = current.map { _ in lots.happens(bursts.busyShare) }
        case .diurnal:
            hours = current.map { _ in lots.nextUnit() }
            crowds = current
        case .adversarial, .matrix, .trace, .recorded: break
        }
    }

    mutating func advance(to slot: Int, _ lots: inout SeededGenerator) {
        switch kind {
        case .stationary, .matrix, .trace, .recorded: break
        case .drift(let popularity, let period):
            guard slot > 0, slot % period == 0 else { return }
            popularity.ranks.draw(&ranking, &lots)
            spread(popularity)
        case .bursty(let popularity, let bursts):
            spread(popularity)
            burst(bursts, &lots)
        case .mix(let means, let bursts):
            current = means
            burst(bursts, &lots)
        case .adversarial(let requests, let hunt): heat(hunt, requests, slot)
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

    private mutating func burst(_ bursts: Bursts, _ lots: inout SeededGenerator) {
        for pair in isBusy.indices {
            isBusy[pair] = lots.happens(isBusy[pair] ? bursts.busyStays : bursts.busyBegins)
            current[pair] *= isBusy[pair] ? bursts.busyFactor : bursts.quietFactor
        }
    }

    /// Crowds shrink; a new one comes at random.
    private mutating func gather(_ day: Day, _ lots: inout SeededGenerator) {
        for pair in crowds.indices { crowds[pair] *= day.crowdStays }
        guard lots.happens(day.crowdChance) else { return }
        crowds[lots.below(crowds.count)] += day.crowdRequests
    }

    private mutating func heat(_ hunt: Hunt, _ requestsPerSlot: Double, _ slot: Int) {
        for pair in current.indices { current[pair] = hunt.quietRequests }
        let turn = slot / hunt.hotSlots
        current[ranking[turn % ranking.count]] = requestsPerSlot * hunt.firstShare
        current[ranking[(turn + 1) % ranking.count]] = requestsPerSlot * hunt.secondShare
    }
}
