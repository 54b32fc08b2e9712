import EmberCore

/// Looks for the place that makes a figure as small as can be: half of the trials are drawn evenly, the other half near
/// the best so far, ever nearer. The same seed gives the same trials, on any number of cores.
///
/// A place is a share from 0 to 1 of the way along each range.
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

    func run(
        progress: (_ done: Int, _ all: Int) -> Void, _ figure: @escaping @Sendable (_ shares: [Double]) async -> Double
    ) async -> Found {
        var lots = SeededGenerator(seed: seed)
        var best = Found(shares: ranges.map { _ in 0.5 }, figure: .infinity)
        var done = 0
        while done < trials {
            let count = min(Self.round, trials - done)
            let candidates = (0..<count).map { number in
                shares(near: best, after: Double(done + number) / Double(trials), isFirst: done + number == 0, &lots)
            }
            let figures = await Workers.map(count, jobs: jobs, progress: { _, _ in }) { await figure(candidates[$0]) }
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
        return zip(ranges, best.shares).map { range, share in
            // Values without an order have no near ones.
            if range.isChoice { return lots.happens(width) ? lots.nextUnit() : share }
            return min(1, max(0, share + width * (2 * lots.nextUnit() - 1)))
        }
    }
}
