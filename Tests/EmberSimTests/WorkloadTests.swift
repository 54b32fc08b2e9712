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

    /// Means 48, 24, 16 and 12 a slot, in a random order: within five standard errors over 1,000 slots.
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

    /// Stays busy with 0.9, begins with 0.1: busy half of the time, for 10 slots on average.
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

    /// Over whole days the swing evens out, and every pair has its best hours at another time.
    @Test func daysSwingAroundTheMean() {
        let day = Day(slots: 20, swing: 1, crowdChance: 0, crowdRequests: 0, crowdStays: 0)
        let kind = WorkloadKind.diurnal(Popularity(requestsPerSlot: 400, zipfExponent: 0), day)
        let workload = kind.workload(pairs: 4, slots: 2000, seed: 3)
        let counts = counts(workload, pairs: 4, slots: 0..<2000)
        for count in counts { #expect(abs(Double(count) - 200_000) < 5 * 200_000.0.squareRoot()) }
        let peaks = (0..<4).map { pair in
            (0..<20).max { a, b in hourly(workload, a, pair) < hourly(workload, b, pair) }
        }
        #expect(Set(peaks).count > 1)
        for pair in 0..<4 {
            let hours = (0..<20).map { hourly(workload, $0, pair) }.sorted()
            // 100 slots of mean 200 at the best hour, of about 1 at the worst.
            #expect(hours[0] < 1000 && hours[19] > 19_000)
        }
    }

    private func hourly(_ workload: Workload, _ hour: Int, _ pair: Int) -> Int {
        stride(from: hour, to: workload.slots.count, by: 20).reduce(0) { sum, slot in
            sum + (workload.slots[slot].first { $0.pair.index == pair }?.count ?? 0)
        }
    }

    /// A crowd of 50 comes in one slot of ten and halves from slot to slot: 0.1 x 50 / (1 - 0.5) = 10 a slot.
    @Test func crowdsComeAndGo() {
        let day = Day(slots: 9, swing: 0, crowdChance: 0.1, crowdRequests: 50, crowdStays: 0.5)
        let kind = WorkloadKind.diurnal(Popularity(requestsPerSlot: 0, zipfExponent: 0), day)
        let workload = kind.workload(pairs: 3, slots: 20_000, seed: 7)
        // A crowd's 100 requests have a second moment of 10,000 + 100.
        #expect(abs(Double(workload.requests) - 200_000) < 5 * (20_000 * 0.1 * 10_100.0).squareRoot())
        #expect(counts(workload, pairs: 3, slots: 0..<20_000).allSatisfy { $0 > 50_000 })
    }

    /// Of three pairs each is second for 5 slots, then hottest for 5, then quiet for 5.
    @Test func theHuntGoesRound() {
        let hunt = Hunt(hotSlots: 5, quietRequests: 1, firstShare: 0.6, secondShare: 0.2)
        let workload = WorkloadKind.adversarial(requestsPerSlot: 1000, hunt).workload(pairs: 3, slots: 30, seed: 9)
        let turns = (0..<6).map { turn -> [Int] in
            let counts = counts(workload, pairs: 3, slots: (turn * 5)..<(turn * 5 + 5))
            return counts.indices.sorted { counts[$0] > counts[$1] }
        }
        #expect(Set(turns[0]) == [0, 1, 2])
        for (turn, next) in zip(turns, turns.dropFirst()) { #expect(next[0] == turn[1] && next[1] == turn[2]) }
    }
}
