/// How often each whole number occurs; numbers keep their 12 leading bits, so memory is bounded and quantiles are true
/// to a two-thousandth.
struct QuantileCounts {
    private var counts: [Int: Int] = [:]
    private var total = 0
    private(set) var largest = 0

    /// Adds a number from 0.
    mutating func add(_ number: Int) {
        let bits = max(0, Int.bitWidth - number.leadingZeroBitCount - 12)
        counts[(number >> bits) << bits, default: 0] += 1
        total += 1
        largest = max(largest, number)
    }

    mutating func add(_ other: QuantileCounts) {
        counts.merge(other.counts) { $0 + $1 }
        total += other.total
        largest = max(largest, other.largest)
    }

    /// The least number that the given share of all is no larger than. O(distinct numbers).
    func quantile(_ share: Double) -> Int {
        var rest = Int((share * Double(total)).rounded(.up))
        for (number, count) in counts.sorted(by: { $0.key < $1.key }) {
            rest -= count
            if rest <= 0 { return number }
        }
        return largest
    }
}
