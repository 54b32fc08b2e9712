/// What loads take, by the share of the weights that the page cache holds when they begin: seconds of a model's loads,
/// or seconds a byte of all models' together (docs/planner.md, rule 34).
///
/// Two running means, of loads from the disk and of loads from memory; a load in between teaches both by its share.
public struct LoadTimes: Codable, Sendable {
    private var count = 0.0
    private var cold = 0.0
    private var warm = 0.0

    var isKnown: Bool { count > 0 }

    /// - Parameter cachedShare: 0 to 1.
    /// - Returns: nil before the first load.
    public func expected(cachedShare: Double) -> Double? {
        isKnown ? cold * (1 - cachedShare) + warm * cachedShare : nil
    }

    /// - Parameter prior: what is known of other loads, for one of a kind that has not been seen yet.
    mutating func add(_ value: Double, cachedShare: Double, prior: LoadTimes? = nil, scale: Double = 1) {
        if count == 0 {
            let known = prior.flatMap { $0.isKnown ? $0 : nil }
            (cold, warm) = known.map { ($0.cold * scale, $0.warm * scale) } ?? (value, value)
        }
        count = min(count + 1, RunningMean.memory)
        let (fromDisk, fromMemory) = (1 - cachedShare, cachedShare)
        let error = value - (cold * fromDisk + warm * fromMemory)
        let step = error / (fromDisk * fromDisk + fromMemory * fromMemory) / count
        cold = max(0, cold + step * fromDisk)
        warm = max(0, warm + step * fromMemory)
    }
}
