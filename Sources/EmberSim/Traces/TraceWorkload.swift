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

    /// The requests of a run, which goes round the trace: after its last slot comes its first.
    ///
    /// Lots are drawn for the first slot, for the order of pairs (`SeededGenerator.shuffle`) of which each stream takes
    /// the next, and then, slot by slot and stream by stream, for the numbers of requests.
    func workload(pairs count: Int, slots: Int, _ lots: inout SeededGenerator) -> Workload {
        let first = start ?? lots.below(volumes.slots.count)
        let pairs = pairs ?? drawnPairs(count, &lots)
        let cut = (0..<slots).map { volumes.slots[(first + $0) % volumes.slots.count] }
        let share = share(of: cut)
        return Workload(
            slots: cut.map { slot in
                var counts = [Int](repeating: 0, count: count)
                for volume in slot {
                    counts[pairs[volume.stream].index] += volume.draw(share: share, &lots)
                }
                return counts.enumerated().compactMap { $1 > 0 ? Batch(pair: PairID($0), count: $1) : nil }
            })
    }

    private func drawnPairs(_ count: Int, _ lots: inout SeededGenerator) -> [PairID] {
        var order = (0..<count).map { PairID($0) }
        lots.shuffle(&order)
        return order
    }

    /// What the requests of the run are multiplied by.
    private func share(of cut: [[StreamVolume]]) -> Double {
        guard let requestsPerSlot else { return 1 }
        let requests = cut.joined().reduce(0) { $0 + $1.requests }
        return requests > 0 ? requestsPerSlot * Double(cut.count) / requests : 0
    }
}

extension StreamVolume {
    /// How many requests come when each of the trace's has the given share.
    ///
    /// Recorded requests come with the share as their probability (or so many times, and once more with what is left of
    /// a share above 1). Of requests with a mean m and a dispersion D, keeping each with probability p leaves the mean
    /// p m and the dispersion 1 + p (D - 1); they are drawn as bursts, or as Poisson where D is not above 1. For a
    /// renewal process, whose times between requests have the coefficient of variation c, D is c^2 over long times.
    func draw(share: Double, _ lots: inout SeededGenerator) -> Int {
        guard let dispersion else { return lots.copies(of: Int(requests), each: share) }
        return lots.bursts(mean: requests * share, dispersion: 1 + min(1, share) * (dispersion - 1))
    }
}
