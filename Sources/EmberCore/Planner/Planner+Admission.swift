// Who gets memory: victims are chosen by the policy among the residents that can go.
extension Planner {
    /// Whether the instance fits beside what can never be evicted.
    func canEverFit(_ instance: InstanceID) -> Bool {
        var available = edge.settings.budget
        for index in edge.instances.indices where index != instance.index {
            let other = edge.instances[index]
            if edge.catalogue[other.model].isPinned, other.phase != .absent { available -= other.footprint }
        }
        return edge[instance].footprint <= available
    }

    /// Tries to get waiting requests' instances into memory, the longest wait first.
    mutating func admitWaiting(_ effects: inout [Effect]) {
        let absent = queued.filter { edge[$0].phase == .absent && edge[$0].notBefore <= edge.now }
        guard !absent.isEmpty else { return }
        let byWait = absent.sorted { (waitingSince($0), $0) < (waitingSince($1), $1) }
        for instance in byWait {
            guard canEverFit(instance) else {
                refuseQueue(of: instance, .neverFits, .neverFits, &effects)
                continue
            }
            let isPatienceLost = hasWaited(instance, edge.settings.patienceSeconds)
            let isGated = !hasWaited(instance, edge.settings.gateWaitSeconds)
            let admission = weigh(instance, isGated: isGated, mayDrain: isPatienceLost)
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
    ///   - isGated: whether the policy may refuse.
    ///   - mayDrain: whether residents in use may be victims; they take no new requests and leave when idle.
    mutating func weigh(_ newcomer: InstanceID, isGated: Bool, mayDrain: Bool) -> Admission {
        let missing = edge[newcomer].footprint - (edge.settings.budget - edge.committed)
        let candidates = scored { $0 == .evictable || (mayDrain && $0 == .inUse) }
        let claim = isGated ? policy.claim(of: newcomer, in: edge) : .infinity
        var admission = Admission(newcomer: newcomer, claim: claim, candidates: candidates)
        guard let victims = lowest(of: candidates, freeing: missing) else { return admission }
        let isWorthIt = victims.allSatisfy { $0.score < claim }
        admission.victims = policy.needed(of: victims.map(\.instance), freeing: missing, in: edge)
        let isGranted = isWorthIt && (!isGated || policy.admits(newcomer, replacing: admission.victims, in: edge))
        admission.outcome = isGranted ? .admitted : .gated
        return admission
    }

    /// Reserves memory for the admitted newcomer and sends its victims away.
    mutating func carryOut(_ admission: Admission, _ effects: inout [Effect]) {
        explain(admission)
        guard let newcomer = admission.newcomer else { return }
        edge[newcomer].phase = .reserved
        edge.committed += edge[newcomer].footprint
        reserved.append(newcomer)
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
        var admission = Admission(newcomer: nil, claim: .infinity, candidates: candidates)
        admission.outcome = .shed
        admission.victims = victims.map(\.instance)
        explain(admission)
        for victim in admission.victims { drain(victim, for: victim, .overBudget, &effects) }
    }

    /// The residents whose standing qualifies, with the policy's scores, asked for in the order of ids.
    private mutating func scored(
        where qualifies: (Decision.Candidate.Standing) -> Bool
    ) -> [ScoredResident] {
        var candidates: [ScoredResident] = []
        for index in edge.instances.indices {
            let instance = InstanceID(index)
            guard edge[instance].phase == .resident else { continue }
            guard qualifies(standing(of: instance)) else { continue }
            candidates.append(ScoredResident(score: policy.score(of: instance, in: edge), instance: instance))
        }
        return candidates
    }

    /// The lowest scores whose memory makes up for what is missing; nil when all together do not.
    private func lowest(of candidates: [ScoredResident], freeing missing: Bytes) -> [ScoredResident]? {
        guard missing > .zero else { return [] }
        var (rest, victims, freed) = (candidates, [ScoredResident](), Bytes.zero)
        while freed < missing {
            guard let lowest = rest.indices.min(by: { rest[$0] < rest[$1] }) else { return nil }
            let victim = rest.remove(at: lowest)
            freed += edge[victim.instance].footprint
            victims.append(victim)
        }
        return victims
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

    /// Writes down who was weighed and why, where the settings ask for it.
    mutating func explain(_ admission: Admission) {
        guard edge.settings.recordsDecisions else { return }
        let scores = Dictionary(uniqueKeysWithValues: admission.candidates.map { ($0.instance, $0.score) })
        let inMemory = edge.instances.indices.map { InstanceID($0) }.filter {
            edge[$0].occupies || edge[$0].phase == .reserved
        }
        let candidates = inMemory.map { instance in
            Decision.Candidate(
                instance: instance, score: scores[instance], ageOfContext: edge.ageOfContext(of: instance),
                standing: standing(of: instance), footprint: edge[instance].footprint)
        }
        decisions.append(
            Decision(
                time: edge.now, newcomer: admission.newcomer, outcome: admission.outcome,
                needed: admission.newcomer.map { edge[$0].footprint } ?? .zero,
                free: edge.settings.budget - edge.committed, claim: admission.claim,
                candidates: candidates, victims: admission.victims))
    }
}

/// A newcomer weighed against the residents.
struct Admission {
    let newcomer: InstanceID?
    let claim: Double
    let candidates: [ScoredResident]
    var outcome = Decision.Outcome.noRoom
    var victims: [InstanceID] = []
}

/// A resident with the policy's score, in the total order of eviction: score, then id.
struct ScoredResident: Comparable {
    let score: Double
    let instance: InstanceID

    static func < (a: ScoredResident, b: ScoredResident) -> Bool {
        a.score == b.score ? a.instance < b.instance : a.score < b.score
    }
}
