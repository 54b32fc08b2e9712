/// What stays in memory: newcomers are weighed against the residents that would leave for them, and the policy chooses
/// the victims (rules 1, 17 and 38).
///
/// It owns the policy, the index of residents by their scores, and the decisions that are recorded. It changes no
/// phase: the planner carries out what is admitted.
struct Residency<P: Policy>: Codable, Sendable {
    var policy: P
    private var index: VictimIndex
    /// When a load ahead of requests is considered next (rule 40).
    var nextLook: Time?
    private var decisions: [Decision] = []

    /// Between two events decisions have been taken.
    private enum CodingKeys: CodingKey {
        case policy, index, nextLook
    }

    /// A policy that comes later learns which instances are in memory: when each was loaded, and last asked for (rule
    /// 32).
    init(_ policy: P, nextLook: Time?, continuing edge: inout EdgeState) {
        self.policy = policy
        self.nextLook = nextLook
        index = VictimIndex(policy.fall(in: edge.settings.time), edge)
        let inMemory = edge.memory.inMemory.filter { edge[$0].occupies }
        for instance in inMemory.sorted(by: { (edge[$0].loadBegan, $0) < (edge[$1].loadBegan, $1) }) {
            self.policy.didLoad(instance, in: edge)
        }
        for instance in inMemory.sorted(by: { (edge[$0].use.lastUsed, $0) < (edge[$1].use.lastUsed, $1) }) {
            self.policy.didRequest(instance, count: 1, in: edge)
        }
        takeInChanges(&edge)
    }

    mutating func takeDecisions() -> [Decision] {
        // Of most events there are none; emptying the list while it is returned would take memory for another one.
        if decisions.isEmpty { return [] }
        defer { decisions = [] }
        return decisions
    }

    func brokenRanks(_ edge: EdgeState) -> [String] { index.brokenRanks(edge, policy) }
}

// What the policy learns.
extension Residency {
    @inline(__always)
    mutating func requestArrived(for instance: InstanceID, count: Int, _ edge: EdgeState) {
        policy.didRequest(instance, count: count, in: edge)
        index.requestArrived(for: instance, mayLower: policy.requestsMayLower)
        planLook(edge)
    }

    /// The catalogue has changed: residents are ranked again.
    mutating func move(_ map: CatalogueMap, _ edge: EdgeState) {
        policy.didChange(map, in: edge)
        index = VictimIndex(policy.fall(in: edge.settings.time), edge)
    }

    mutating func loadBegan(of instance: InstanceID, _ edge: EdgeState) { policy.didLoad(instance, in: edge) }

    mutating func unloadBegan(of instance: InstanceID, _ edge: EdgeState) { policy.didEvict(instance, in: edge) }

    /// Brings the index up to date with what the event has changed.
    @inline(__always)
    mutating func takeInChanges(_ edge: inout EdgeState) { index.takeInChanges(&edge, &policy) }
}

// Weighing.
extension Residency {
    /// Weighs a newcomer against the residents that would have to go for it; changes nothing but the policy's lots.
    ///
    /// - Parameters:
    ///   - gate: what may refuse.
    ///   - mayDrain: whether residents in use may be victims; they take no new requests and leave when idle.
    mutating func weigh(_ newcomer: InstanceID, _ gate: Gate, mayDrain: Bool, _ edge: inout EdgeState) -> Admission {
        edge.memory.fitToRoom(newcomer, edge.catalogue)
        let missing = edge[newcomer].footprint - (edge.memory.budget - edge.committed)
        edge.drawAgeLine(of: newcomer)
        let claim = gate == .policy ? policy.claim(of: newcomer, in: edge) : .infinity
        var admission = Admission(newcomer: newcomer, claim: claim, missing: missing)
        defer {
            index.endSearch(going: admission.outcome == .admitted ? admission.victims : [], &edge, &policy)
        }
        admission.isOutbid = gate == .policy && !policy.mayAdmit(newcomer, in: edge)
        if admission.isOutbid { return admission }
        if edge.memory.devices == nil {
            guard let victims = victims(of: &admission, mayDrain: mayDrain, &edge) else { return admission }
            let needed = victims.count > 1 ? policy.needed(of: victims, freeing: missing, in: edge) : victims
            admission.victims = policy.scoresPerByte ? index.cheapest(of: needed, admission, &edge, &policy) : needed
        } else if !chooseLayout(of: &admission, mayDrain: mayDrain, &edge) {
            return admission
        }
        admission.outcome = passes(gate, newcomer, replacing: admission.victims, edge) ? .admitted : .gated
        return admission
    }

    /// A load that a single request pays for: it costs less at the edge than in the cloud even if all its victims have
    /// to be loaded again. Whatever the policy makes of the future, such a load is no loss (rule 38).
    mutating func weighByCost(_ newcomer: InstanceID, _ costs: CostsOfPlaces, _ edge: inout EdgeState) -> Admission? {
        guard policy.loadsByCost, costs.edge < costs.cloud else { return nil }
        let admission = weigh(newcomer, .open, mayDrain: false, &edge)
        guard admission.outcome == .admitted else { return nil }
        let again = admission.victims.reduce(0) { $0 + edge.catalogue[edge[$1].model].loadCost }
        return costs.edge + again < costs.cloud ? admission : nil
    }

    private mutating func passes(
        _ gate: Gate, _ newcomer: InstanceID, replacing victims: [InstanceID], _ edge: EdgeState
    ) -> Bool {
        switch gate {
        case .open: true
        case .policy: policy.admits(newcomer, replacing: victims, in: edge)
        case .ahead: (policy.prospect(of: newcomer, replacing: victims, in: edge) ?? 0) > 0
        }
    }

    private mutating func victims(
        of admission: inout Admission, mayDrain: Bool, _ edge: inout EdgeState
    ) -> [InstanceID]? {
        let missing = admission.missing
        if index.isRanked, !mayDrain {
            guard missing > .zero else { return [] }
            let victims = index.rankedVictims(freeing: missing, below: admission.claim, &edge, &policy)
            admission.isOutbid = edge.settings.recordsDecisions && victims == nil && index.hasMore(edge)
            return victims
        }
        let candidates = scored(&edge) { $0 == .evictable || (mayDrain && $0 == .inUse) }
        admission.candidates = candidates
        guard let victims = lowest(of: candidates, freeing: missing, edge),
            victims.allSatisfy({ $0.score < admission.claim })
        else { return nil }
        return victims.map(\.instance)
    }

    /// The residents that leave because measured footprints exceed the budget, the lowest scores first; nil when none
    /// can. Newly loaded ones go too, for running out of memory costs more than another load.
    mutating func weighExcess(_ edge: inout EdgeState) -> Admission? {
        let candidates = scored(&edge) { $0 == .evictable || $0 == .inUse || $0 == .protected }
        let (excess, victims) = excess(candidates, edge)
        guard !victims.isEmpty else { return nil }
        var admission = Admission(newcomer: nil, claim: .infinity, missing: excess)
        admission.candidates = candidates
        admission.outcome = .shed
        admission.victims = victims.map(\.instance)
        return admission
    }

    /// What is committed beyond the budget, and who goes for it.
    private func excess(_ candidates: [ScoredResident], _ edge: EdgeState) -> (Bytes, [ScoredResident]) {
        if let excess = edge.memory.devices?.excess {
            return (excess.total, lowest(of: candidates.sorted(), easing: excess, edge))
        }
        let excess = edge.committed - edge.memory.budget
        return (excess, lowest(of: candidates, freeing: excess, edge) ?? candidates.sorted())
    }

    /// The residents whose standing qualifies, with the policy's scores.
    mutating func scored(
        _ edge: inout EdgeState, where qualifies: (Decision.Candidate.Standing) -> Bool
    ) -> [ScoredResident] {
        index.scored(&edge, &policy, where: qualifies)
    }

    /// Records why memory was given or not, where the settings ask for it.
    mutating func explain(_ admission: Admission, _ edge: inout EdgeState) {
        guard edge.settings.recordsDecisions else { return }
        // A ranking gives the victims, and, where many are in memory, what it looked at; else all scores are asked for
        // here.
        let isPartial = admission.candidates == nil && edge.memory.inMemory.count > Decision.mostCandidates
        let weighed =
            admission.candidates ?? (isPartial ? index.seen : scored(&edge) { $0 == .evictable })
        let freed = weighed.reduce(Bytes.zero) { $0 + edge[$1.instance].footprint }
        let isDecided = isPartial || edge.memory.devices != nil
        decisions.append(
            Decision(
                admission, weighed: weighed, isOutbid: isDecided ? admission.isOutbid : freed >= admission.missing,
                in: edge))
    }

    /// The lowest scores whose memory makes up for what is missing; nil when all together do not.
    private func lowest(
        of candidates: [ScoredResident], freeing missing: Bytes, _ edge: EdgeState
    ) -> [ScoredResident]? {
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
