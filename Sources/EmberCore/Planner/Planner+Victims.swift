// Who goes first: all candidates scored, or, where the policy bounds how its scores fall, as few as will do.
extension Planner {
    /// The lowest scores that make up for what is missing, in order; nil when all together do not, or when one that would
    /// have to go is not below the claim. Few scores, and O(log residents) for each.
    mutating func rankedVictims(
        freeing missing: Bytes, below claim: Double, _ fall: ScoreFall
    ) -> [InstanceID]? {
        if let step = fall.step(at: edge.now.seconds), knownScores.enter(step) { rankKnownByBounds() }
        // Most newcomers that a gate keeps out are kept out by the first.
        guard let first = ranking.lowest, fall.floor(of: first.key, at: fallClock) < claim else { return nil }
        // Residents whose score is known, the lowest last; they are out of the ranking meanwhile.
        var known: [ScoredResident] = []
        var victims: [ScoredResident] = []
        var passed: [InstanceID] = []
        var freed = Bytes.zero
        defer {
            for resident in known { rankAgain(resident, fall) }
            for resident in victims { rankAgain(resident, fall) }
            for instance in passed { rank(instance) }
        }
        while freed < missing {
            let next = ranking.lowest
            let floor = next.map { fall.floor(of: $0.key, at: fallClock) } ?? .infinity
            if let first = known.last, first.score < floor {
                guard first.score < claim else { return nil }
                known.removeLast()
                victims.append(first)
                freed += edge[first.instance].footprint
            } else if let next, floor < claim {
                ranking.remove(next.instance)
                switch standing(of: next.instance) {
                case .evictable: insert(next.instance, into: &known)
                // Ranked again when its requests have ended.
                case .inUse: break
                default: passed.append(next.instance)
                }
            } else {
                return nil
            }
        }
        return victims.map(\.instance)
    }

    /// Scores that are known may fall from now on.
    mutating func rankKnownByBounds() {
        for instance in knownScores.forgetAll() where ranking.contains(instance) { rank(instance) }
    }

    private mutating func insert(_ instance: InstanceID, into known: inout [ScoredResident]) {
        let score = knownScores.score(of: instance) ?? policy.score(of: instance, in: edge)
        let resident = ScoredResident(score: score, instance: instance)
        let place = known.firstIndex { $0 < resident } ?? known.endIndex
        known.insert(resident, at: place)
    }

    /// Puts back a resident whose score is known: by the score itself, where that holds for the rest of a step.
    private mutating func rankAgain(_ resident: ScoredResident, _ fall: ScoreFall) {
        guard fall.step(at: edge.now.seconds) != nil, resident.score > 0 else { return rank(resident.instance) }
        if knownScores.score(of: resident.instance) == nil { knownScores.note(resident.score, of: resident.instance) }
        ranking.rank(resident.instance, by: fall.key(of: resident.score, at: edge.now.seconds))
    }

    /// In slots contexts fall at the end of a slot, while the clock stands.
    var fallClock: Double { edge.now.seconds + (edge.settings.time == .slots ? 1 : 0) }

    /// Puts a resident in its place by what its score will not be below: it is new, free again, or its score has changed.
    mutating func rank(_ instance: InstanceID) {
        guard let fall else { return }
        knownScores.forget(instance)
        guard edge[instance].phase == .resident, !edge[instance].isDraining,
            !edge.catalogue[edge[instance].model].isPinned
        else { return ranking.remove(instance) }
        ranking.rank(instance, by: fall.key(of: policy.bound(of: instance, in: edge), at: edge.now.seconds))
    }

    /// The resident's requests have ended: if it was passed over while they ran, it takes part again.
    mutating func rankIfFree(_ instance: InstanceID) {
        guard edge[instance].inFlight == 0, edge[instance].waiting == 0, !ranking.contains(instance) else { return }
        rank(instance)
    }

    /// The residents whose standing qualifies, with the policy's scores, asked for in the order of ids.
    mutating func scored(where qualifies: (Decision.Candidate.Standing) -> Bool) -> [ScoredResident] {
        var candidates: [ScoredResident] = []
        for instance in edge.inMemory where edge[instance].phase == .resident && qualifies(standing(of: instance)) {
            candidates.append(ScoredResident(score: policy.score(of: instance, in: edge), instance: instance))
        }
        return candidates
    }

    /// The lowest scores whose memory makes up for what is missing; nil when all together do not.
    func lowest(of candidates: [ScoredResident], freeing missing: Bytes) -> [ScoredResident]? {
        guard missing > .zero else { return [] }
        var freed = Bytes.zero
        var victims: [ScoredResident] = []
        for candidate in candidates.sorted() {
            victims.append(candidate)
            freed += edge[candidate.instance].footprint
            if freed >= missing { return victims }
        }
        return nil
    }
}

/// A resident with the policy's score, in the total order of eviction: score, then id.
struct ScoredResident: Comparable {
    let score: Double
    let instance: InstanceID

    static func < (a: ScoredResident, b: ScoredResident) -> Bool {
        a.score == b.score ? a.instance < b.instance : a.score < b.score
    }
}
