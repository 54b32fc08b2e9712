import EmberCore
import Testing

@testable import EmberSim

@Suite struct WorkloadTests {
    private let popularity = Popularity(requestsPerSlot: 100, zipfExponent: 1)

    /// Requests of every pair over the slots.
    private func counts(_ workload: Workload, pairs: Int, slots: Range<Int>) -> [Int] {
        var counts = [Int](repeating: 0, count: pairs)
        for slot in slots { for batch in workload.slots[slot] { counts[batch.pair.index] += batch.count } }
        return counts
    }

    @Test func theSeedDecides() {
        let kind = WorkloadKind.stationary(popularity)
        let runs = [1, 1, 2].map { kind.workload(pairs: 5, slots: 50, seed: UInt64($0)) }
        #expect(runs[0].slots == runs[1].slots)
        #expect(runs[0].slots != runs[2].slots)
    }

    /// Means 48, 24, 16 and 12 a slot, in an order drawn by lot: within five standard errors over 1,000 slots.
    @Test func stationaryRequestsFollowZipf() {
        let workload = WorkloadKind.stationary(popularity).workload(pairs: 4, slots: 1000, seed: 4)
        let counts = counts(workload, pairs: 4, slots: 0..<1000).sorted(by: >).map(Double.init)
        for (count, mean) in zip(counts, [48_000.0, 24_000, 16_000, 12_000]) {
            #expect(abs(count - mean) < 5 * mean.squareRoot())
        }
    }

    @Test func driftChangesWhoIsPopularWithThePeriodOnly() {
        let workload = WorkloadKind.drift(popularity, period: 100).workload(pairs: 8, slots: 1000, seed: 2)
        let favourites = (0..<10).map { period in
            [0..<50, 50..<100].map { half -> Int? in
                let slots = (period * 100 + half.lowerBound)..<(period * 100 + half.upperBound)
                let counts = counts(workload, pairs: 8, slots: slots)
                return counts.indices.max { counts[$0] < counts[$1] }
            }
        }
        #expect(favourites.allSatisfy { $0[0] == $0[1] })
        #expect(Set(favourites.map { $0[0] }).count > 2)
    }

    /// Busy for good with factor 2, or quiet for good with factor 0.
    @Test(arguments: [(1.0, 200.0), (0, 0)])
    func burstsMultiplyTheMeans(busyShare: Double, mean: Double) {
        let bursts = Bursts(busyShare: busyShare, busyStays: 1, busyBegins: 0, busyFactor: 2, quietFactor: 0)
        let workload = WorkloadKind.bursty(popularity, bursts).workload(pairs: 4, slots: 500, seed: 1)
        #expect(abs(Double(workload.requests) - mean * 500) <= 5 * (mean * 500).squareRoot())
    }

    /// Stays busy with 0.9, begins with 0.1: busy half of the time, for 10 slots in the mean.
    @Test func burstsLastAsLongAsTheirChancesSay() {
        let bursts = Bursts(busyShare: 0.5, busyStays: 0.9, busyBegins: 0.1, busyFactor: 1, quietFactor: 0)
        let kind = WorkloadKind.bursty(Popularity(requestsPerSlot: 50, zipfExponent: 0), bursts)
        let workload = kind.workload(pairs: 1, slots: 20_000, seed: 6)
        let isBusy = workload.slots.map { !$0.isEmpty }
        let busy = isBusy.count { $0 }
        let bursts20000 = zip(isBusy, isBusy.dropFirst()).count { !$0 && $1 }
        #expect(abs(Double(busy) / 20_000 - 0.5) < 0.05)
        #expect(abs(Double(busy) / Double(bursts20000) - 10) < 1)
    }

    /// Of three pairs each is second for 5 slots, then hottest for 5, then quiet for 5.
    @Test func theHuntGoesRound() {
        let hunt = Hunt(requestsPerSlot: 1000, hotSlots: 5, quietRequests: 1, firstShare: 0.6, secondShare: 0.2)
        let workload = WorkloadKind.adversarial(hunt).workload(pairs: 3, slots: 30, seed: 9)
        let turns = (0..<6).map { turn -> [Int] in
            let counts = counts(workload, pairs: 3, slots: (turn * 5)..<(turn * 5 + 5))
            return counts.indices.sorted { counts[$0] > counts[$1] }
        }
        #expect(Set(turns[0]) == [0, 1, 2])
        for (turn, next) in zip(turns, turns.dropFirst()) { #expect(next[0] == turn[1] && next[1] == turn[2]) }
    }
}
