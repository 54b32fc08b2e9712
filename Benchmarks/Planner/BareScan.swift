/// The yardstick: finding the lowest of 64 scores among those that are eligible, in one contiguous array, and nothing
/// else.
struct BareScan {
    static let slots = 64
    private var scores: [Double]
    private var eligible: [Bool]

    init() {
        scores = (0..<Self.slots).map { Double(($0 * 37) % Self.slots) }
        eligible = (0..<Self.slots).map { $0 % 7 != 0 }
    }

    /// Nanoseconds a scan; every scan changes a score, so that none can be left out.
    mutating func nanoseconds(scans: Int) -> Double {
        let began = ContinuousClock.now
        for scan in 0..<scans {
            let lowest = lowest()
            scores[lowest] += Double(scan & 15) + 1
        }
        return began.duration(to: .now) / .nanoseconds(1) / Double(scans)
    }

    private func lowest() -> Int {
        var (lowest, score) = (0, Double.infinity)
        for slot in scores.indices where eligible[slot] && scores[slot] < score {
            (lowest, score) = (slot, scores[slot])
        }
        return lowest
    }
}
