import EmberCore
import Foundation

/// The seeds of a random law: `count` by default, multiplied by `EMBER_TEST_SEEDS` in soak runs.
func seeds(_ count: Int) -> [UInt64] {
    let factor = ProcessInfo.processInfo.environment["EMBER_TEST_SEEDS"].flatMap(Int.init) ?? 1
    return (1...UInt64(count * max(1, factor))).map { $0 }
}

/// The same for one policy: each has seeds of its own, so that together they reach more corners.
func seeds(_ count: Int, of policy: PolicyEntry) -> [UInt64] {
    let place = PolicyCatalog.all.firstIndex { $0.name == policy.name } ?? 0
    return seeds(count).map { UInt64(place) * 1_000_003 + $0 }
}

extension SeededGenerator {
    /// Whether something of the given probability happens.
    mutating func happens(_ probability: Double) -> Bool { nextUnit() < probability }

    /// A number drawn evenly from the range.
    mutating func number(_ range: ClosedRange<Double>) -> Double {
        range.lowerBound + nextUnit() * (range.upperBound - range.lowerBound)
    }

    /// A whole number drawn evenly from the range.
    mutating func whole(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &self) }
}
