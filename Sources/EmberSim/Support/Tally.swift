/// A sum and how many values are in it.
struct Tally: Sendable {
    private(set) var sum = 0.0
    private(set) var count = 0

    mutating func add(_ value: Double) {
        sum += value
        count += 1
    }

    mutating func add(_ other: Tally) {
        sum += other.sum
        count += other.count
    }

    /// nil of none.
    var mean: Double? { count > 0 ? sum / Double(count) : nil }
}
