import EmberCore

/// One admission decision, with names, as /ember/v1/state reports it.
public struct DecisionView: Codable, Sendable {
    /// Seconds since Ember's start.
    public var time: Double
    /// admitted, gated, no_room or shed.
    public var outcome: String
    /// The model that wanted memory; nil when memory was shed.
    public var newcomer: String?
    public var neededBytes: Int
    public var freeBytes: Int
    /// What the newcomer was worth by the policy's measure; nil when nothing held it back.
    public var claim: Double?
    public var candidates: [Candidate]
    /// How many more models were in memory.
    public var others: Int
    public var victims: [String]

    public struct Candidate: Codable, Sendable {
        public var model: String
        /// evictable, in_use, pinned, protected, loading or leaving.
        public var standing: String
        /// The policy's score, the lowest goes first; nil for one that could not go.
        public var score: Double?
        public var ageOfContext: Double
        public var bytes: Int
    }

    init(_ decision: Decision, deployment: Deployment) {
        func name(_ instance: InstanceID) -> String { deployment.models[instance.index].name }
        time = decision.time.seconds
        outcome = decision.outcome.name
        newcomer = decision.newcomer.map(name)
        neededBytes = decision.needed.count
        freeBytes = decision.free.count
        claim = decision.claim.isFinite ? decision.claim : nil
        candidates = decision.candidates.map {
            Candidate(
                model: name($0.instance), standing: $0.standing.name, score: $0.score,
                ageOfContext: $0.ageOfContext, bytes: $0.footprint.count)
        }
        others = decision.others
        victims = decision.victims.map(name)
    }

    /// One line for people.
    public var summary: String {
        let newcomer = newcomer ?? "-"
        let victims = victims.isEmpty ? "nothing" : victims.joined(separator: ", ")
        let weighed = candidates.map { candidate in
            let score = candidate.score.map { "score \($0)" } ?? candidate.standing
            return "\(candidate.model) (\(score), age of context \(candidate.ageOfContext))"
        }
        return "\(outcome): \(newcomer) needs \(neededBytes >> 20) MiB, \(freeBytes >> 20) MiB free, "
            + "evicting \(victims); weighed \(weighed.joined(separator: ", "))"
            + (others > 0 ? " and \(others) others" : "")
    }
}
