extension Decision {
    /// What was weighed and why: all that is in memory, or, where that is much, what the search looked at.
    /// O(`mostCandidates`), but for policies without bounds of their scores.
    ///
    /// - Parameters:
    ///   - weighed: the residents that were scored.
    ///   - isOutbid: whether a resident that is worth more kept the newcomer out, and not a lack of residents that can go.
    init(_ admission: Admission, weighed: [ScoredResident], isOutbid: Bool, in edge: EdgeState) {
        let inMemory = edge.memory.inMemory.count
        let scores = Dictionary(uniqueKeysWithValues: weighed.map { ($0.instance, $0.score) })
        let shown =
            inMemory > Self.mostCandidates ? Self.shown(of: weighed, admission.victims) : Array(edge.memory.inMemory)
        let candidates = shown.map { instance in
            Candidate(
                instance: instance, score: scores[instance], ageOfContext: edge.ageOfContext(of: instance),
                standing: edge.standing(of: instance), footprint: edge[instance].footprint)
        }
        self.init(
            time: edge.now, newcomer: admission.newcomer,
            outcome: admission.outcome == .noRoom && isOutbid ? .gated : admission.outcome,
            needed: admission.newcomer.map { edge[$0].footprint } ?? .zero,
            free: admission.newcomer.flatMap { edge.memory.devices?.free(for: $0, in: edge) }
                ?? (edge.memory.budget - edge.committed),
            claim: admission.claim,
            candidates: candidates, others: inMemory - candidates.count, victims: admission.victims)
    }

    /// The victims, and of the others those of the lowest scores.
    private static func shown(of weighed: [ScoredResident], _ victims: [InstanceID]) -> [InstanceID] {
        let others = weighed.sorted().map(\.instance).filter { !victims.contains($0) }
        return Array((victims + others).prefix(mostCandidates))
    }
}
