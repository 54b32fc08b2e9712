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
