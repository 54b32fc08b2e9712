import EmberCore

/// A trace from which every seed makes requests of its own: another beginning, other pairs, other lots.
public struct TraceWorkload: Sendable {
    let volumes: TraceVolumes
    /// The trace's slot at which runs begin; nil: drawn.
    let start: Int?
    /// Whose requests each stream's are; nil: drawn.
    let pairs: [PairID]?
    /// The mean over a run, to which the trace is scaled; nil: as in the trace.
    let requestsPerSlot: Double?
    let slotSeconds: Double
    /// In the order of time; only where a run in event time asks for them.
    let recorded: [RecordedRequest]

    /// The requests of a run, which goes round the trace: after its last slot comes its first.
    ///
    /// Random choices: the first slot, the order of pairs (`SeededGenerator.shuffle`) of which each stream takes
    /// the next, and then, slot by slot and stream by stream, the numbers of requests.
    func workload(pairs count: Int, slots: Int, _ lots: inout SeededGenerator) -> Workload {
        let cut = cut(pairs: count, slots: slots, &lots)
        return Workload(
            slots: (0..<slots).map { slot in
                var counts = [Int](repeating: 0, count: count)
                for volume in volumes.slots[(cut.first + slot) % volumes.slots.count] {
                    counts[cut.pairs[volume.stream].index] += volume.draw(share: cut.share, &lots)
                }
                return counts.enumerated().compactMap { $1 > 0 ? Batch(pair: PairID($0), count: $1) : nil }
            })
    }

    /// The recorded requests of a run at their own times. Random choices are those of `workload`, except for the
    /// numbers: request by request, in the order of time.
    func arrivals(pairs count: Int, slots: Int, _ lots: inout SeededGenerator) -> RecordedArrivals {
        RecordedArrivals(self, cut(pairs: count, slots: slots, &lots), slots: slots, lots)
    }

    private func cut(pairs count: Int, slots: Int, _ lots: inout SeededGenerator) -> TraceCut {
        let first = (start ?? lots.below(volumes.slots.count)) % volumes.slots.count
        let pairs = pairs ?? drawnPairs(count, &lots)
        return TraceCut(first: first, pairs: pairs, share: share(first, slots))
    }

    private func drawnPairs(_ count: Int, _ lots: inout SeededGenerator) -> [PairID] {
        var order = (0..<count).map { PairID($0) }
        lots.shuffle(&order)
        return order
    }

    /// What the requests of the run are multiplied by.
    private func share(_ first: Int, _ slots: Int) -> Double {
        guard let requestsPerSlot else { return 1 }
        let requests = (0..<slots).reduce(0.0) { sum, slot in
            volumes.slots[(first + slot) % volumes.slots.count].reduce(sum) { $0 + $1.requests }
        }
        return requests > 0 ? requestsPerSlot * Double(slots) / requests : 0
    }
}

/// What a seed makes of a trace.
struct TraceCut {
    let first: Int
    /// By stream.
    let pairs: [PairID]
    /// What numbers of requests are multiplied by.
    let share: Double
}

/// One request of a trace as runs in event time keep it.
struct RecordedRequest: Sendable {
    let nanoseconds: Int
    let stream: Int32
    let inputTokens: Int32
    let outputTokens: Int32
}

extension StreamVolume {
    /// How many requests come when each of the trace's has the given share.
    ///
    /// Recorded requests come with the share as their probability (a share above 1: as often as its whole part says,
    /// and once more with the rest as the probability). Of requests with a mean m and a dispersion D, keeping each with
    /// probability p leaves the mean p m and the dispersion 1 + p (D - 1); they are drawn as bursts, or as Poisson
    /// where D is not above 1. For a renewal process, whose times between requests have the coefficient of variation c,
    /// D is c^2 over long times.
    func draw(share: Double, _ lots: inout SeededGenerator) -> Int {
        guard let dispersion else { return lots.copies(of: Int(requests), each: share) }
        return lots.bursts(mean: requests * share, dispersion: 1 + min(1, share) * (dispersion - 1))
    }
}
