/// Scores that were worked out in the present step of a policy's clock, within which they do not fall.
struct KnownScores: Codable, Sendable {
    private(set) var step = -1.0
    /// Whose scores are known, some of them perhaps forgotten since.
    private var known: [InstanceID] = []
    /// By instance; nil: not known.
    private var scores: [Double?]

    init(instances: Int) { scores = Array(repeating: nil, count: instances) }

    func score(of instance: InstanceID) -> Double? { scores[instance.index] }

    mutating func note(_ score: Double, of instance: InstanceID) {
        scores[instance.index] = score
        known.append(instance)
    }

    mutating func forget(_ instance: InstanceID) { scores[instance.index] = nil }

    /// Moves on to a step; false when it is the present one.
    mutating func enter(_ step: Double) -> Bool {
        defer { self.step = step }
        return step != self.step
    }

    /// Forgets all scores; returns whose were known.
    mutating func forgetAll() -> [InstanceID] {
        defer { known.removeAll(keepingCapacity: true) }
        return known.filter { instance in
            defer { scores[instance.index] = nil }
            return scores[instance.index] != nil
        }
    }
}
