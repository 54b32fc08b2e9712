/// The mean time between evictions: a load ahead of demand can expect to stay this long.
struct EvictionPace: Codable, Sendable {
    private var last: Double?
    private var gaps = RunningMean()

    /// - Parameter now: in periods.
    mutating func didEvict(at now: Double) {
        if let last { gaps.add(now - last) }
        last = now
    }

    /// In periods; nil before the second eviction.
    func expectedGap(at now: Double) -> Double? {
        guard let gap = gaps.value, let last else { return nil }
        return max(gap, now - last)
    }
}
