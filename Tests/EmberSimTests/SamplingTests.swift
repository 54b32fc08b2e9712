import EmberCore
import Testing

@testable import EmberSim

/// Draws have the moments of their distributions; bounds are five standard errors wide, seeds are fixed.
@Suite struct SamplingTests {
    @Test(arguments: [0.05, 0.9, 5, 31.9, 32.1, 88, 400, 5000])
    func poissonHasMeanAndVariance(mean: Double) {
        var lots = SeededGenerator(seed: 11)
        let count = 20_000
        let draws = (0..<count).map { _ in Double(lots.poisson(mean)) }
        let average = draws.reduce(0, +) / Double(count)
        let variance = draws.reduce(0) { $0 + ($1 - average) * ($1 - average) } / Double(count - 1)
        #expect(abs(average - mean) < 5 * (mean / Double(count)).squareRoot())
        // The variance of a Poisson sample's variance is about (mean + 2 mean^2) / n.
        #expect(abs(variance - mean) < 5 * ((mean + 2 * mean * mean) / Double(count)).squareRoot())
    }

    /// P(0), P(1), P(2) of mean 2: e^-2, 2 e^-2, 2 e^-2.
    @Test func poissonHasTheProbabilitiesOfTheLaw() {
        var lots = SeededGenerator(seed: 5)
        let count = 100_000
        var seen = [Int: Int]()
        for _ in 0..<count { seen[lots.poisson(2), default: 0] += 1 }
        for (value, probability) in [(0, 0.1353353), (1, 0.2706706), (2, 0.2706706), (3, 0.1804470)] {
            let share = Double(seen[value] ?? 0) / Double(count)
            #expect(abs(share - probability) < 5 * (probability / Double(count)).squareRoot())
        }
    }

    @Test func nothingComesOfAMeanOfNothing() {
        var lots = SeededGenerator(seed: 1)
        #expect(lots.poisson(0) == 0)
    }

    /// Runs are compared by equal lots: no draw may take more of them than it says.
    @Test(arguments: [(0.0, 0), (0.5, 1), (31, 1), (32, 1), (32.5, 2), (64, 2), (96, 3)])
    func aDrawTakesALotForEach32(mean: Double, lots count: Int) {
        var (drawn, counted) = (SeededGenerator(seed: 7), SeededGenerator(seed: 7))
        _ = drawn.poisson(mean)
        for _ in 0..<count { _ = counted.next() }
        #expect(drawn.next() == counted.next())
    }

    @Test func everyOrderIsAsLikely() {
        var lots = SeededGenerator(seed: 3)
        var seen = [[Int]: Int]()
        for _ in 0..<60_000 {
            var order = [0, 1, 2]
            lots.shuffle(&order)
            seen[order, default: 0] += 1
        }
        #expect(seen.count == 6)
        for count in seen.values { #expect(abs(count - 10_000) < 500) }
    }

    /// 1, 1/2, 1/3 and 1/4 of 25/12.
    @Test func zipfSharesFallWithTheRank() {
        let shares = zipfShares(4, exponent: 1)
        for (share, expected) in zip(shares, [0.48, 0.24, 0.16, 0.12]) { #expect(abs(share - expected) < 1e-12) }
        #expect(zipfShares(3, exponent: 0).allSatisfy { abs($0 - 1.0 / 3) < 1e-12 })
    }
}

@Suite struct StreamTests {
    /// Were the order of the first slot drawn from the lots that decide who is popular, the popular would come first,
    /// and a policy that keeps the first residents would look better than it is.
    @Test func theFirstOrderTellsNothingOfPopularity() {
        let seeds = 2000
        let agreements = (1...UInt64(seeds)).count { seed in
            let firsts = [Purpose.requests, .order].map { purpose in
                var lots = purpose.generator(seed: seed)
                var order = Array(0..<10)
                lots.shuffle(&order)
                return order[0]
            }
            return firsts[0] == firsts[1]
        }
        // One in ten, within five standard errors.
        #expect(abs(Double(agreements) / Double(seeds) - 0.1) < 5 * (0.09 / Double(seeds)).squareRoot())
    }
}

@Suite struct BurstTests {
    /// A negative binomial of mean m and dispersion D has the variance m D.
    @Test(arguments: [(40.0, 1.0), (40, 1.5), (5, 20), (400, 7)])
    func burstsHaveMeanAndDispersion(mean: Double, dispersion: Double) {
        var lots = SeededGenerator(seed: 8)
        let count = 40_000
        let draws = (0..<count).map { _ in Double(lots.bursts(mean: mean, dispersion: dispersion)) }
        let average = draws.reduce(0, +) / Double(count)
        let variance = draws.reduce(0) { $0 + ($1 - average) * ($1 - average) } / Double(count - 1)
        #expect(abs(average - mean) < 5 * (mean * dispersion / Double(count)).squareRoot())
        #expect(abs(variance / (mean * dispersion) - 1) < 0.1)
    }

    /// Mean 2 and dispersion 2: a geometric sum, P(k) = (k + 1) / 2^(k + 2).
    @Test func burstsHaveTheProbabilitiesOfTheLaw() {
        var lots = SeededGenerator(seed: 9)
        let count = 100_000
        var seen = [Int: Int]()
        for _ in 0..<count { seen[lots.bursts(mean: 2, dispersion: 2), default: 0] += 1 }
        for value in 0..<6 {
            let probability = Double(value + 1) / Double(1 << (value + 2))
            let share = Double(seen[value] ?? 0) / Double(count)
            #expect(abs(share - probability) < 5 * (probability / Double(count)).squareRoot())
        }
    }

    @Test func copiesKeepTheShare() {
        var lots = SeededGenerator(seed: 10)
        #expect(lots.copies(of: 7, each: 0) == 0 && lots.copies(of: 7, each: 3) == 21)
        let kept = (0..<1000).map { _ in lots.copies(of: 100, each: 1.25) }
        #expect(kept.allSatisfy { (100...200).contains($0) })
        // Variance 100 x 0.25 x 0.75 each.
        #expect(abs(Double(kept.reduce(0, +)) - 125_000) < 5 * (18.75 * 1000).squareRoot())
    }
}
