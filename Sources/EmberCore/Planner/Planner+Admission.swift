// Who gets memory: victims are chosen by the policy among the residents that can go.
extension Planner {
    @inline(__always)
    func canEverFit(_ instance: InstanceID) -> Bool { edge.canEverFit(instance) }

    /// Tries to get waiting requests' instances into memory, the longest wait first.
    mutating func admitWaiting(_ effects: inout [Effect]) {
        let absent = queued.filter { edge[$0].phase == .absent && edge[$0].mayBegin(edge.now) }
        guard !absent.isEmpty else { return }
        let byWait =
            absent.count == 1 ? absent : absent.sorted { (waitingSince($0), $0) < (waitingSince($1), $1) }
        for instance in byWait {
            guard canEverFit(instance) else {
                refuseQueue(of: instance, .neverFits, .neverFits, &effects)
                continue
            }
            let isPatienceLost = hasWaited(instance, edge.settings.patienceSeconds)
            let gate: Gate = hasWaited(instance, edge.settings.gateWaitSeconds) ? .open : .policy
            let admission = weigh(instance, gate, mayDrain: isPatienceLost)
            if admission.outcome == .admitted {
                carryOut(admission, &effects)
            } else if isPatienceLost {
                // Younger newcomers must not take the memory that this one has waited for.
                return
            }
        }
    }

    /// Weighs a newcomer against the residents that would have to go for it; changes nothing but the policy's lots.
    ///
    /// - Parameters:
    ///   - gate: who may refuse.
    ///   - mayDrain: whether residents in use may be victims; they take no new requests and leave when idle.
    mutating func weigh(_ newcomer: InstanceID, _ gate: Gate, mayDrain: Bool) -> Admission {
        edge.fitToRoom(newcomer)
        let missing = edge[newcomer].footprint - (edge.settings.budget - edge.committed)
        edge.drawAgeLine(of: newcomer)
        let claim = gate == .policy ? policy.claim(of: newcomer, in: edge) : .infinity
        var admission = Admission(newcomer: newcomer, claim: claim, missing: missing)
        defer { endSearch(going: admission.outcome == .admitted ? admission.victims : []) }
        admission.isOutbid = gate == .policy && !policy.mayAdmit(newcomer, in: edge)
        guard !admission.isOutbid, let victims = victims(of: &admission, mayDrain: mayDrain) else { return admission }
        let needed = victims.count > 1 ? policy.needed(of: victims, freeing: missing, in: edge) : victims
        admission.victims = policy.scoresPerByte ? cheapest(of: needed, admission) : needed
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
        if ranking != nil, !mayDrain {
            guard missing > .zero else { return [] }
            let victims = rankedVictims(freeing: missing, below: admission.claim)
            admission.isOutbid = edge.settings.recordsDecisions && victims == nil && isSomeoneLeftToTake
            return victims
        }
        let candidates = scored { $0 == .evictable || (mayDrain && $0 == .inUse) }
        admission.candidates = candidates
        guard let victims = lowest(of: candidates, freeing: missing),
            victims.allSatisfy({ $0.score < admission.claim })
        else { return nil }
        return victims.map(\.instance)
    }

    /// Reserves memory for the admitted newcomer, which stays where it was only to leave, and sends its victims away.
    mutating func carryOut(_ admission: Admission, _ effects: inout [Effect]) {
        explain(admission)
        guard let newcomer = admission.newcomer else { return }
        switch edge[newcomer].phase {
        case .resident:
            edge.recount(newcomer) { $0.drainingFor = nil }
            rank(newcomer)
        case .leaving:
            edge.recount(newcomer) { $0.isReturning = true }
            reserved.append(newcomer)
        case .absent, .reserved, .loading:
            edge.enter(.reserved, newcomer)
            reserved.append(newcomer)
        }
        for victim in admission.victims { drain(victim, for: newcomer, .evicted(for: newcomer), &effects) }
    }

    /// Withdraws reservations, then sends residents away, until what is committed fits the budget: measured
    /// footprints exceed it. Newly loaded residents go too, for running out of memory costs more than another load.
    mutating func shed(_ effects: inout [Effect]) {
        while edge.committed > edge.settings.budget, let youngest = reserved.last { withdraw(youngest) }
        guard edge.committed > edge.settings.budget else { return }
        let candidates = scored { $0 == .evictable || $0 == .inUse || $0 == .protected }
        let victims = lowest(of: candidates, freeing: edge.committed - edge.settings.budget) ?? candidates.sorted()
        guard !victims.isEmpty else { return }
        var admission = Admission(newcomer: nil, claim: .infinity, missing: edge.committed - edge.settings.budget)
        admission.candidates = candidates
        admission.outcome = .shed
        admission.victims = victims.map(\.instance)
        explain(admission)
        for victim in admission.victims { drain(victim, for: victim, .overBudget, &effects) }
    }

    /// Whether an instance in memory can go now, and if not, why.
    func standing(of id: InstanceID) -> Decision.Candidate.Standing {
        let instance = edge[id]
        switch instance.phase {
        case .leaving: return .leaving
        case .absent, .reserved, .loading: return .loading
        case .resident:
            if instance.isDraining { return .leaving }
            if edge.catalogue[instance.model].isPinned { return .pinned }
            if instance.protectedUntil(edge.settings) > edge.now { return .protected }
            return instance.inFlight > 0 || instance.waiting > 0 ? .inUse : .evictable
        }
    }

    /// Writes down who was weighed and why, where the settings ask for it: everyone in memory, or, where these are many, those that the
    /// search looked at. O(`Decision.mostCandidates`), but for policies without bounds of their scores.
    mutating func explain(_ admission: Admission) {
        guard edge.settings.recordsDecisions else { return }
        let inMemory = edge.inMemory.count
        let isCrowded = inMemory > Decision.mostCandidates
        // A ranking has told no more than who goes; what it looked at is worked out for whoever wants to know.
        let weighed = admission.candidates ?? (isCrowded ? search.seen : scored { $0 == .evictable })
        let isOutbid =
            admission.candidates == nil && isCrowded
            ? admission.isOutbid
            : weighed.reduce(Bytes.zero) { $0 + edge[$1.instance].footprint } >= admission.missing
        let scores = Dictionary(uniqueKeysWithValues: weighed.map { ($0.instance, $0.score) })
        let shown = isCrowded ? shown(of: weighed, admission.victims) : Array(edge.inMemory)
        let candidates = shown.map { instance in
            Decision.Candidate(
                instance: instance, score: scores[instance], ageOfContext: edge.ageOfContext(of: instance),
                standing: standing(of: instance), footprint: edge[instance].footprint)
        }
        decisions.append(
            Decision(
                time: edge.now, newcomer: admission.newcomer,
                outcome: admission.outcome == .noRoom && isOutbid ? .gated : admission.outcome,
                needed: admission.newcomer.map { edge[$0].footprint } ?? .zero,
                free: edge.settings.budget - edge.committed, claim: admission.claim,
                candidates: candidates, others: inMemory - candidates.count, victims: admission.victims))
    }

    /// The victims, and of the others those of the lowest scores.
    private func shown(of weighed: [ScoredResident], _ victims: [InstanceID]) -> [InstanceID] {
        let others = weighed.sorted().map(\.instance).filter { !victims.contains($0) }
        return Array((victims + others).prefix(Decision.mostCandidates))
    }
}

/// Who may refuse a newcomer.
enum Gate {
    /// Nobody: it has waited for long enough, or the operator wants it.
    case open
    /// The policy.
    case policy
    /// The policy, of one that nobody has asked for yet.
    case ahead
}

/// A newcomer weighed against the residents.
struct Admission {
    let newcomer: InstanceID?
    let claim: Double
    /// What must be freed for it.
    let missing: Bytes
    /// Whoever was scored; nil where a ranking told the victims.
    var candidates: [ScoredResident]?
    /// The gate, or a resident that is worth more, and not a lack of residents that can go, kept it out.
    var isOutbid = false
    var outcome = Decision.Outcome.noRoom
    var victims: [InstanceID] = []
}
