// Who goes first: all candidates scored, or, where the policy bounds how its scores fall, as few as will do.
extension Planner {
    /// The lowest scores that make up for what is missing, in order; nil when all together do not, or when one that would
    /// have to go is not below the claim. Few scores, and O(log residents) for each.
    ///
    /// Whoever was looked at is out of the ranking until the search is ended.
    mutating func rankedVictims(freeing missing: Bytes, below claim: Double) -> [InstanceID]? {
        if let step = ranking?.fall.step(edge), knownScores.enter(step) { rankKnownByBounds() }
        var freed = Bytes.zero
        while freed < missing {
            guard let next = takeLowest(below: claim) else { return nil }
            search.victims.append(next)
            freed += edge[next.instance].footprint
        }
        return search.victims.map(\.instance)
    }

    /// The evictable resident of the lowest score that has not been taken; nil when none is below the claim.
    private mutating func takeLowest(below claim: Double) -> ScoredResident? {
        while let bound = ranking?.lowest(at: fallClock) {
            if let first = search.known.last, first.score < bound.score {
                return first.score < claim ? search.known.removeLast() : nil
            }
            guard bound.score < claim else { return nil }
            ranking?.remove(bound.instance)
            switch standing(of: bound.instance) {
            case .evictable: addKnown(bound.instance)
            // Ranked again when its requests have ended.
            case .inUse: break
            default: search.passed.append(bound.instance)
            }
        }
        return nil
    }

    /// Whether the search has ended at a resident that is worth too much, and not at the last one.
    var isSomeoneLeftToTake: Bool {
        !search.known.isEmpty || ranking?.lowest(at: fallClock).score ?? .infinity < .infinity
    }

    /// The victims, or a single one that makes room enough and is worth less than they are together.
    mutating func cheapest(of victims: [InstanceID], _ admission: Admission) -> [InstanceID] {
        guard admission.missing > .zero else { return victims }
        let scores = (admission.candidates?.sorted() ?? search.victims)
        var single = SingleVictim(freeing: admission.missing, below: admission.claim)
        for resident in scores where victims.contains(resident.instance) {
            single.worth += resident.score * Double(edge[resident.instance].footprint.count)
        }
        if admission.candidates == nil {
            while let next = takeLowest(below: single.limit) {
                search.victims.append(next)
                single.consider(next, edge[next.instance].footprint)
            }
        } else {
            for next in scores where !victims.contains(next.instance) && next.score < single.limit {
                single.consider(next, edge[next.instance].footprint)
            }
        }
        return single.instance.map { [$0] } ?? victims
    }

    private mutating func addKnown(_ instance: InstanceID) {
        let score = knownScores.score(of: instance) ?? score(of: instance)
        let resident = ScoredResident(score: score, instance: instance)
        let place = search.known.firstIndex { $0 < resident } ?? search.known.endIndex
        search.known.insert(resident, at: place)
    }

    private mutating func score(of instance: InstanceID) -> Double {
        edge.drawAgeLine(of: instance)
        return policy.score(of: instance, in: edge)
    }

    /// Ends a search: everyone but those that go takes a place in the ranking again.
    mutating func endSearch(going: [InstanceID]) {
        if edge.settings.recordsDecisions { search.seen = search.victims + search.known.reversed() }
        while let resident = search.known.popLast() { rankAgain(resident) }
        while let resident = search.victims.popLast() {
            if !going.contains(resident.instance) { rankAgain(resident) }
        }
        while let instance = search.passed.popLast() { rank(instance) }
    }

    /// Puts back a resident whose score is known: by the score itself, where that holds for the rest of a step.
    private mutating func rankAgain(_ resident: ScoredResident) {
        guard let step = ranking?.fall.step(edge), resident.score > 0 else {
            return rank(resident.instance)
        }
        if knownScores.score(of: resident.instance) == nil { knownScores.note(resident.score, of: resident.instance) }
        ranking?.rank(resident.instance, by: ScoreBound(resident.score), at: step)
    }

    /// Scores that are known may fall from now on.
    mutating func rankKnownByBounds() {
        for instance in knownScores.forgetAll() where isRanked(instance) { rank(instance) }
    }

    /// The clock that bounds are held against. In slots contexts fall at the end of a slot, while the clock stands.
    var fallClock: Double { rankClock + (edge.settings.time == .slots ? 1 : 0) }

    /// The clock at which bounds are taken.
    private var rankClock: Double { ranking?.fall.clock(edge) ?? 0 }

    func isRanked(_ instance: InstanceID) -> Bool { ranking?.contains(instance) ?? false }

    /// Puts a resident in its place by what its score will not be below: it is new, free again, or its score has changed.
    mutating func rank(_ instance: InstanceID) {
        guard ranking != nil else { return }
        let now = rankClock
        knownScores.forget(instance)
        guard edge[instance].phase == .resident, !edge[instance].isDraining,
            !edge.catalogue[edge[instance].model].isPinned
        else {
            ranking?.remove(instance)
            return
        }
        edge.drawAgeLine(of: instance)
        ranking?.rank(instance, by: policy.bound(of: instance, in: edge), at: now)
    }

    /// The resident's requests have ended: if it was passed over while they ran, it takes part again.
    mutating func rankIfFree(_ instance: InstanceID) {
        guard edge[instance].inFlight == 0, edge[instance].waiting == 0, !isRanked(instance) else { return }
        rank(instance)
    }

    /// The residents whose standing qualifies, with the policy's scores, asked for in the order of ids.
    mutating func scored(where qualifies: (Decision.Candidate.Standing) -> Bool) -> [ScoredResident] {
        var candidates: [ScoredResident] = []
        for instance in edge.inMemory where edge[instance].phase == .resident && qualifies(standing(of: instance)) {
            candidates.append(ScoredResident(score: score(of: instance), instance: instance))
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

/// The search for a single victim that is worth less than others are together, where scores are per byte.
private struct SingleVictim {
    let missing: Bytes
    let claim: Double
    /// What the others are worth, or the best single one so far.
    var worth = 0.0
    private(set) var instance: InstanceID?

    /// Who is worth as much, but for that products are rounded, is no better.
    private static let rounding = 1e-9

    init(freeing missing: Bytes, below claim: Double) {
        self.missing = missing
        self.claim = claim
    }

    /// Whoever frees what is missing and scores so much or more is worth no less.
    var limit: Double { min(claim, worth / Double(missing.count)) }

    mutating func consider(_ resident: ScoredResident, _ footprint: Bytes) {
        let worth = resident.score * Double(footprint.count)
        guard footprint >= missing, worth < self.worth * (1 - Self.rounding) else { return }
        self.worth = worth
        instance = resident.instance
    }
}

/// What a search for victims has found; its memory serves the next one.
struct VictimSearch: Sendable {
    /// Evictable residents with their scores, the lowest last.
    var known: [ScoredResident] = []
    var victims: [ScoredResident] = []
    /// Residents that cannot go now.
    var passed: [InstanceID] = []
    /// Whoever was scored in the last search, where decisions are recorded.
    var seen: [ScoredResident] = []
}

/// A resident with the policy's score, in the total order of eviction: score, then id.
struct ScoredResident: Comparable {
    let score: Double
    let instance: InstanceID

    static func < (a: ScoredResident, b: ScoredResident) -> Bool {
        a.score == b.score ? a.instance < b.instance : a.score < b.score
    }
}
