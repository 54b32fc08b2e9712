/// A resident with the policy's score, in the total order of eviction: score, then id.
struct ScoredResident: Comparable {
    let score: Double
    let instance: InstanceID

    static func < (a: ScoredResident, b: ScoredResident) -> Bool {
        a.score == b.score ? a.instance < b.instance : a.score < b.score
    }
}

/// What a search for victims has found; its memory serves the next one.
struct VictimSearch: Sendable {
    /// Evictable residents with their scores, the lowest last.
    private(set) var known: [ScoredResident] = []
    var victims: [ScoredResident] = []
    /// Residents that cannot go now.
    var passed: [InstanceID] = []
    /// The residents scored in the last search, where decisions are recorded.
    var seen: [ScoredResident] = []

    var lowest: ScoredResident? { known.last }

    mutating func add(_ resident: ScoredResident) {
        let place = known.firstIndex { $0 < resident } ?? known.endIndex
        known.insert(resident, at: place)
    }

    mutating func removeLowest() -> ScoredResident? { known.popLast() }
}

/// The search for a single victim that is worth less than others are together, where scores are per byte.
struct SingleVictim {
    let missing: Bytes
    let claim: Double
    /// What the others are worth, or the best single one so far.
    var worth = 0.0
    private(set) var instance: InstanceID?

    /// Products are rounded: a difference of this share is none.
    private static let rounding = 1e-9

    init(freeing missing: Bytes, below claim: Double) {
        self.missing = missing
        self.claim = claim
    }

    /// Candidates that score at or above this cannot beat the best set found so far.
    var limit: Double { min(claim, worth / Double(missing.count)) }

    mutating func consider(_ resident: ScoredResident, _ footprint: Bytes) {
        let worth = resident.score * Double(footprint.count)
        guard footprint >= missing, worth < self.worth * (1 - Self.rounding) else { return }
        self.worth = worth
        instance = resident.instance
    }
}
