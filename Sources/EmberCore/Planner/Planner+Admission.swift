// Which instances get memory (rules 1 and 17 to 19): victims are chosen by the policy among the residents that can go.
extension Planner {
    /// Tries to get waiting requests' instances into memory, the longest wait first.
    mutating func admitWaiting() {
        let absent = edge.room.instances.filter { edge[$0].phase == .absent && edge[$0].health.mayBegin(edge.now) }
        guard !absent.isEmpty else { return }
        let byWait =
            absent.count == 1
            ? absent
            : absent.sorted {
                (edge.room.waitingSince($0), $0) < (edge.room.waitingSince($1), $1)
            }
        for instance in byWait {
            guard edge.canEverFit(instance) else {
                refuseQueue(of: instance, .neverFits, .neverFits)
                continue
            }
            let isPatienceLost = edge.hasWaited(instance, edge.settings.patienceSeconds)
            let gate: Gate = edge.hasWaited(instance, edge.settings.gateWaitSeconds) ? .open : .policy
            let admission = weigh(instance, gate, mayDrain: isPatienceLost)
            if admission.outcome == .admitted {
                carryOut(admission)
            } else if isPatienceLost {
                // Younger newcomers must not take the memory that this one has waited for.
                return
            }
        }
    }

    /// Weighs a newcomer against the residents that would have to go for it; changes nothing but the policy's lots.
    ///
    /// - Parameters:
    ///   - gate: what may refuse.
    ///   - mayDrain: whether residents in use may be victims; they take no new requests and leave when idle.
    mutating func weigh(_ newcomer: InstanceID, _ gate: Gate, mayDrain: Bool) -> Admission {
        edge.memory.fitToRoom(newcomer, edge.catalogue)
        let missing = edge[newcomer].footprint - (edge.settings.budget - edge.committed)
        edge.drawAgeLine(of: newcomer)
        let claim = gate == .policy ? policy.claim(of: newcomer, in: edge) : .infinity
        var admission = Admission(newcomer: newcomer, claim: claim, missing: missing)
        defer {
            index.endSearch(going: admission.outcome == .admitted ? admission.victims : [], &edge, &policy)
        }
        admission.isOutbid = gate == .policy && !policy.mayAdmit(newcomer, in: edge)
        guard !admission.isOutbid, let victims = victims(of: &admission, mayDrain: mayDrain) else { return admission }
        let needed = victims.count > 1 ? policy.needed(of: victims, freeing: missing, in: edge) : victims
        admission.victims = policy.scoresPerByte ? index.cheapest(of: needed, admission, &edge, &policy) : needed
        admission.outcome = passes(gate, newcomer, replacing: admission.victims) ? .admitted : .gated
        return admission
    }

    private mutating func passes(_ gate: Gate, _ newcomer: InstanceID, replacing victims: [InstanceID]) -> Bool {
        switch gate {
        case .open: true
        case .policy: policy.admits(newcomer, replacing: victims, in: edge)
        case .ahead: (policy.prospect(of: newcomer, replacing: victims, in: edge) ?? 0) > 0
        }
    }

    private mutating func victims(of admission: inout Admission, mayDrain: Bool) -> [InstanceID]? {
        let missing = admission.missing
        if index.isRanked, !mayDrain {
            guard missing > .zero else { return [] }
            let victims = index.rankedVictims(freeing: missing, below: admission.claim, &edge, &policy)
            admission.isOutbid = edge.settings.recordsDecisions && victims == nil && index.hasMore(edge)
            return victims
        }
        let candidates = index.scored(&edge, &policy) { $0 == .evictable || (mayDrain && $0 == .inUse) }
        admission.candidates = candidates
        guard let victims = lowest(of: candidates, freeing: missing),
            victims.allSatisfy({ $0.score < admission.claim })
        else { return nil }
        return victims.map(\.instance)
    }

    /// Reserves memory for the admitted newcomer, and drains its victims.
    mutating func carryOut(_ admission: Admission) {
        explain(admission)
        guard let newcomer = admission.newcomer else { return }
        edge.memory.reserve(newcomer)
        for victim in admission.victims { drain(victim, for: newcomer, .evicted(for: newcomer)) }
    }

    /// Withdraws reservations, then sends residents away, until what is committed fits the budget: measured
    /// footprints exceed it. Newly loaded residents go too, for running out of memory costs more than another load.
    mutating func shed() {
        while edge.memory.isOvercommitted, let youngest = edge.memory.reserved.last { edge.memory.withdraw(youngest) }
        guard edge.memory.isOvercommitted else { return }
        let candidates = index.scored(&edge, &policy) { $0 == .evictable || $0 == .inUse || $0 == .protected }
        let excess = edge.committed - edge.settings.budget
        let victims = lowest(of: candidates, freeing: excess) ?? candidates.sorted()
        guard !victims.isEmpty else { return }
        var admission = Admission(newcomer: nil, claim: .infinity, missing: excess)
        admission.candidates = candidates
        admission.outcome = .shed
        admission.victims = victims.map(\.instance)
        explain(admission)
        for victim in admission.victims { drain(victim, for: victim, .overBudget) }
    }

    /// The lowest scores whose memory makes up for what is missing; nil when all together do not.
    private func lowest(of candidates: [ScoredResident], freeing missing: Bytes) -> [ScoredResident]? {
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

    /// Records why memory was given or not, where the settings ask for it.
    mutating func explain(_ admission: Admission) {
        guard edge.settings.recordsDecisions else { return }
        // A ranking gives the victims, and, where many are in memory, what it looked at; else all scores are asked for
        // here.
        let isPartial = admission.candidates == nil && edge.memory.inMemory.count > Decision.mostCandidates
        let weighed =
            admission.candidates ?? (isPartial ? index.seen : index.scored(&edge, &policy) { $0 == .evictable })
        let freed = weighed.reduce(Bytes.zero) { $0 + edge[$1.instance].footprint }
        decisions.append(
            Decision(
                admission, weighed: weighed, isOutbid: isPartial ? admission.isOutbid : freed >= admission.missing,
                in: edge))
    }
}
