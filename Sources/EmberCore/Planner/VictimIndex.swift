/// Which residents go first. Where the policy bounds how its scores fall (`Policy.fall(in:)`), residents are ranked by
/// lower bounds of their scores, and a search asks only for the scores of those that may be the lowest; else it asks
/// for all.
///
/// It owns the ranking and the scores that are known. The policy is the planner's, and is lent to it. The owners of
/// what scores depend on need not know of it: they note changed instances, which are taken in before each search and at
/// the end of each event.
struct VictimIndex: Codable, Sendable {
    /// nil: the policy says nothing of how its scores fall.
    private var ranking: BoundRanking?
    private var knownScores: KnownScores
    private var search = VictimSearch()
    /// Victims of the last search, which leave or are ranked again; and residents whose requests may have lowered their
    /// scores.
    private var changed = ChangedInstances()

    /// Between two events there is no search, and no change that has not been taken in.
    private enum CodingKeys: CodingKey {
        case ranking, knownScores
    }

    /// - Parameter fall: of the policy's scores.
    init(_ fall: ScoreFall?, _ edge: EdgeState) {
        let instances = edge.catalogue.instanceCount
        ranking = fall.map { BoundRanking($0, instances: instances) }
        knownScores = KnownScores(instances: instances)
        for instance in edge.memory.inMemory { changed.insert(revalued: instance) }
    }

    var isRanked: Bool { ranking != nil }
    /// The residents scored in the last search, where decisions are recorded.
    var seen: [ScoredResident] { search.seen }

    private func contains(_ instance: InstanceID) -> Bool { ranking?.contains(instance) ?? false }

    /// A request for the instance has arrived.
    ///
    /// - Parameter mayLower: whether that may lower its score.
    @inline(__always)
    mutating func requestArrived(for instance: InstanceID, mayLower: Bool) {
        guard mayLower || knownScores.score(of: instance) != nil, contains(instance) else { return }
        changed.insert(revalued: instance)
    }
}

// Taking in what has changed.
extension VictimIndex {
    @inline(__always)
    mutating func takeInChanges<P: Policy>(_ edge: inout EdgeState, _ policy: inout P) {
        if edge.hasChanges || !changed.isEmpty { takeInAll(&edge, &policy) }
    }

    private mutating func takeInAll<P: Policy>(_ edge: inout EdgeState, _ policy: inout P) {
        guard ranking != nil else {
            changed.removeAll()
            return edge.forgetChanges()
        }
        while let change = edge.memory.changed.removeNext() { takeIn(change, &edge, &policy) }
        while let change = edge.room.changed.removeNext() { takeIn(change, &edge, &policy) }
        while let change = edge.contexts.changed.removeNext() { takeIn(change, &edge, &policy) }
        while let change = edge.costs.changed.removeNext() { takeIn(change, &edge, &policy) }
        while let change = changed.removeNext() { takeIn(change, &edge, &policy) }
        if edge.costs.changed.removeAllRevalued() {
            for instance in edge.memory.inMemory where contains(instance) { rank(instance, &edge, &policy) }
        }
        if edge.contexts.slotHasEnded {
            edge.contexts.slotHasEnded = false
            rankKnownByBounds(&edge, &policy)
        }
    }

    /// A resident that runs and awaits nothing is ranked; one in use only if it is ranked already, so that a search
    /// passes over it once.
    @inline(__always)
    private mutating func takeIn<P: Policy>(
        _ change: ChangedInstances.Change, _ edge: inout EdgeState, _ policy: inout P
    ) {
        let instance = change.instance
        guard edge[instance].isInService else {
            knownScores.forget(instance)
            ranking?.remove(instance)
            return
        }
        let isDue = contains(instance) ? change.isRevalued : !edge.isInUse(instance)
        if isDue { rank(instance, &edge, &policy) }
    }

    /// Puts a resident in service into its place, by the bound of its score.
    private mutating func rank<P: Policy>(_ instance: InstanceID, _ edge: inout EdgeState, _ policy: inout P) {
        guard let fall = ranking?.fall else { return }
        knownScores.forget(instance)
        guard edge[instance].isInService, !edge.catalogue[edge[instance].model].isPinned else {
            ranking?.remove(instance)
            return
        }
        edge.drawAgeLine(of: instance)
        ranking?.rank(instance, by: policy.bound(of: instance, in: edge), at: fall.clock(edge))
    }

    /// Scores that are known may fall from now on.
    private mutating func rankKnownByBounds<P: Policy>(_ edge: inout EdgeState, _ policy: inout P) {
        for instance in knownScores.forgetAll() where contains(instance) { rank(instance, &edge, &policy) }
    }
}

// The search.
extension VictimIndex {
    /// The lowest scores that make up for what is missing, in order; nil when all together do not, or when one that
    /// would have to go is not below the claim. Few scores, and O(log residents) for each.
    ///
    /// The residents looked at are out of the ranking until the search is ended.
    mutating func rankedVictims<P: Policy>(
        freeing missing: Bytes, below claim: Double, _ edge: inout EdgeState, _ policy: inout P
    ) -> [InstanceID]? {
        takeInChanges(&edge, &policy)
        if let step = ranking?.fall.step(edge), knownScores.enter(step) { rankKnownByBounds(&edge, &policy) }
        var freed = Bytes.zero
        while freed < missing {
            guard let next = removeLowest(below: claim, &edge, &policy) else { return nil }
            search.victims.append(next)
            freed += edge[next.instance].footprint
        }
        return search.victims.map(\.instance)
    }

    /// The evictable resident of the lowest score that is not a victim yet; nil when none is below the claim.
    private mutating func removeLowest<P: Policy>(
        below claim: Double, _ edge: inout EdgeState, _ policy: inout P
    ) -> ScoredResident? {
        while let bound = ranking?.lowest(at: fallClock(edge)) {
            if let first = search.lowest, first.score < bound.score {
                return first.score < claim ? search.removeLowest() : nil
            }
            guard bound.score < claim else { return nil }
            ranking?.remove(bound.instance)
            switch edge.standing(of: bound.instance) {
            case .evictable:
                let score = knownScores.score(of: bound.instance) ?? score(of: bound.instance, &edge, &policy)
                search.add(ScoredResident(score: score, instance: bound.instance))
            // Ranked again when its requests have ended.
            case .inUse: break
            default: search.passed.append(bound.instance)
            }
        }
        return nil
    }

    /// Whether the search has ended at a resident that is worth too much, and not at the last one.
    func hasMore(_ edge: EdgeState) -> Bool {
        search.lowest != nil || ranking?.lowest(at: fallClock(edge)).score ?? .infinity < .infinity
    }

    /// The victims, or a single one that makes room enough and is worth less than they are together.
    mutating func cheapest<P: Policy>(
        of victims: [InstanceID], _ admission: Admission, _ edge: inout EdgeState, _ policy: inout P
    ) -> [InstanceID] {
        guard admission.missing > .zero else { return victims }
        let scores = (admission.candidates?.sorted() ?? search.victims)
        var single = SingleVictim(freeing: admission.missing, below: admission.claim)
        for resident in scores where victims.contains(resident.instance) {
            single.worth += resident.score * Double(edge[resident.instance].footprint.count)
        }
        if admission.candidates == nil {
            while let next = removeLowest(below: single.limit, &edge, &policy) {
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

    /// Ends a search: all residents looked at are ranked again, but for those that may go now; these are, if they stay,
    /// when changes are taken in next.
    mutating func endSearch<P: Policy>(going: [InstanceID], _ edge: inout EdgeState, _ policy: inout P) {
        if edge.settings.recordsDecisions { keepSeen() }
        while let resident = search.removeLowest() { rankAgain(resident, &edge, &policy) }
        while let resident = search.victims.popLast() {
            if going.contains(resident.instance) {
                changed.insert(resident.instance)
            } else {
                rankAgain(resident, &edge, &policy)
            }
        }
        while let instance = search.passed.popLast() { rank(instance, &edge, &policy) }
    }

    private mutating func keepSeen() { search.seen = search.victims + search.known.reversed() }

    /// Ranks a resident whose score is known: by the score itself, where that holds for the rest of a step.
    private mutating func rankAgain<P: Policy>(
        _ resident: ScoredResident, _ edge: inout EdgeState, _ policy: inout P
    ) {
        guard let step = ranking?.fall.step(edge), resident.score > 0 else {
            return rank(resident.instance, &edge, &policy)
        }
        if knownScores.score(of: resident.instance) == nil { knownScores.note(resident.score, of: resident.instance) }
        ranking?.rank(resident.instance, by: ScoreBound(resident.score), at: step)
    }

    /// The clock by which bounds fall.
    private func fallClock(_ edge: EdgeState) -> Double {
        (ranking?.fall.clock(edge) ?? 0) + edge.settings.time.unclockedFall
    }

    /// The residents whose standing qualifies, with the policy's scores, asked for in the order of ids.
    mutating func scored<P: Policy>(
        _ edge: inout EdgeState, _ policy: inout P, where qualifies: (Decision.Candidate.Standing) -> Bool
    ) -> [ScoredResident] {
        var candidates: [ScoredResident] = []
        for instance in edge.memory.inMemory
        where edge[instance].phase == .resident && qualifies(edge.standing(of: instance)) {
            candidates.append(
                ScoredResident(score: score(of: instance, &edge, &policy), instance: instance))
        }
        return candidates
    }

    private func score<P: Policy>(of instance: InstanceID, _ edge: inout EdgeState, _ policy: inout P) -> Double {
        edge.drawAgeLine(of: instance)
        return policy.score(of: instance, in: edge)
    }
}

extension VictimIndex {
    /// What contradicts its promise: every evictable resident is ranked, by what its score is not below.
    func brokenRanks<P: Policy>(_ edge: EdgeState, _ policy: P) -> [String] {
        guard let ranking else { return [] }
        var (broken, policy) = ([String](), policy)
        for id in edge.instances.indices.lazy.map({ InstanceID($0) }) where edge[id].phase == .resident {
            guard edge.standing(of: id) == .evictable else { continue }
            guard let floor = ranking.floor(of: id, at: fallClock(edge)) else {
                broken.append("\(id): evictable and not ranked")
                continue
            }
            let score = policy.score(of: id, in: edge)
            let isOld = knownScores.score(of: id) != nil && ranking.fall.step(edge) != knownScores.step
            if score < floor, !isOld { broken.append("\(id): its score \(score) is below its floor \(floor)") }
        }
        return broken
    }
}
