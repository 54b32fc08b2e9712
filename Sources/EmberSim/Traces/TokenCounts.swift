/// How often each number of tokens occurs; numbers keep their 12 leading bits, so memory is bounded and quantiles are
/// true to a four-thousandth.
struct TokenCounts {
    private var counts: [Int: Int] = [:]
    private var total = 0
    private(set) var largest = 0

    mutating func add(_ tokens: Int) {
        let bits = max(0, Int.bitWidth - tokens.leadingZeroBitCount - 12)
        counts[(tokens >> bits) << bits, default: 0] += 1
        total += 1
        largest = max(largest, tokens)
    }

    /// The least number that the given share of all is no larger than. O(distinct numbers).
    func quantile(_ share: Double) -> Int {
        var rest = Int((share * Double(total)).rounded(.up))
        for (tokens, count) in counts.sorted(by: { $0.key < $1.key }) {
            rest -= count
            if rest <= 0 { return tokens }
        }
        return largest
    }
}
