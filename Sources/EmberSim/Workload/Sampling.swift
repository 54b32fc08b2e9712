import EmberCore
import Foundation

/// Draws from distributions, each from as many lots of the generator as documented, so that others can redo them.
extension SeededGenerator {
    /// A whole number drawn evenly from 0 ..< count, from one lot u: floor(u count).
    mutating func below(_ count: Int) -> Int { min(count - 1, Int(nextUnit() * Double(count))) }

    /// Whether something of the given probability happens, from one lot.
    mutating func happens(_ probability: Double) -> Bool { nextUnit() < probability }

    /// Puts the elements into an order drawn evenly (Fisher and Yates, from the last), from count - 1 lots.
    mutating func shuffle<Element>(_ elements: inout [Element]) {
        for last in stride(from: elements.count - 1, to: 0, by: -1) {
            elements.swapAt(last, below(last + 1))
        }
    }

    /// A number of events, Poisson distributed, exact for any mean; O(mean), one lot per 32 of it.
    ///
    /// Sums of independent Poisson numbers are Poisson, so a large mean is drawn in pieces: e^-mean of one piece
    /// stays far from what a double cannot hold.
    mutating func poisson(_ mean: Double) -> Int {
        var (rest, total) = (mean, 0)
        while rest > 0 {
            total += poissonPiece(min(rest, 32))
            rest -= 32
        }
        return total
    }

    /// A number of requests that come in bursts, of the given mean and variance over mean, from 1: negative binomial.
    ///
    /// The bursts are Poisson, their sizes follow Fisher's logarithmic law, drawn from two lots each (Kemp 1981); with
    /// a dispersion of 1 every burst is one request. O(mean).
    mutating func bursts(mean: Double, dispersion: Double) -> Int {
        guard dispersion > 1 else { return poisson(mean) }
        let repeats = log(1 / dispersion)
        let bursts = poisson(mean * -repeats / (dispersion - 1))
        return (0..<bursts).reduce(0) { sum, _ in
            let base = log(-expm1(nextUnit() * repeats))
            return sum + 1 + Int(log(1 - nextUnit()) / base)
        }
    }

    /// How many of `count` things are kept, each with the given probability, by one draw each. Above 1, each counts as
    /// often as the whole part says, and once more with what is left.
    mutating func copies(of count: Int, each share: Double) -> Int {
        let whole = share.rounded(.down)
        guard share > whole else { return count * Int(whole) }
        return (0..<count).reduce(count * Int(whole)) { sum, _ in sum + (happens(share - whole) ? 1 : 0) }
    }

    /// Inversion: the least k whose cumulated probability is above the lot.
    private mutating func poissonPiece(_ mean: Double) -> Int {
        let lot = nextUnit()
        var (count, probability) = (0, exp(-mean))
        var cumulated = probability
        while lot >= cumulated, probability > 0 {
            count += 1
            probability *= mean / Double(count)
            cumulated += probability
        }
        return count
    }
}

/// The shares of ranks 1 ... count under Zipf's law: r^-exponent, of sum 1.
func zipfShares(_ count: Int, exponent: Double) -> [Double] {
    let weights = (1...count).map { pow(Double($0), -exponent) }
    let sum = weights.reduce(0, +)
    return weights.map { $0 / sum }
}
