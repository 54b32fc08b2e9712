import EmberCore

/// Looks for the values that make a figure as small as can be: half of the trials are drawn evenly over the ranges, the
/// other half near the best so far, ever nearer. The same seed gives the same trials, on any number of cores.
struct FitSearch {
    let ranges: [FitRange]
    let trials: Int
    let seed: UInt64
    let jobs: Int

    struct Found: Sendable {
        var shares: [Double]
        var figure: Double
    }

    /// Trials are run in rounds of this many at once, and the best is looked at between them.
    private static let round = 16

    /// - Parameter figure: of the ranges' values, in their order.
    func run(
        progress: (_ done: Int, _ all: Int) -> Void, _ figure: @escaping @Sendable ([Double]) async -> Double
    ) async -> Found {
        var lots = SeededGenerator(seed: seed)
        var best = Found(shares: ranges.map { _ in 0.5 }, figure: .infinity)
        var done = 0
        while done < trials {
            let count = min(Self.round, trials - done)
            let candidates = (0..<count).map { number in
                shares(near: best, after: Double(done + number) / Double(trials), isFirst: done + number == 0, &lots)
            }
            let ranges = ranges
            let figures = await Workers.map(count, jobs: jobs, progress: { _, _ in }) { index in
                await figure(zip(ranges, candidates[index]).map { $0.value(at: $1) })
            }
            for (shares, figure) in zip(candidates, figures) where figure < best.figure {
                best = Found(shares: shares, figure: figure)
            }
            done += count
            progress(done, trials)
        }
        return best
    }

    private func shares(
        near best: Found, after progress: Double, isFirst: Bool, _ lots: inout SeededGenerator
    ) -> [Double] {
        if isFirst { return best.shares }
        guard progress >= 0.5 else { return ranges.map { _ in lots.nextUnit() } }
        // From a quarter of the range to a hundredth of it.
        let width = 0.25 * (1 - progress) * 2 + 0.01
        return best.shares.map { min(1, max(0, $0 + width * (2 * lots.nextUnit() - 1))) }
    }
}
