/// Why an instance was, or was not, given memory: what `takeDecisions` reports about one admission.
public struct Decision: Sendable {
    public enum Outcome: String, Sendable {
        /// Memory is reserved and the victims leave.
        case admitted
        /// The policy's gate holds the residents to be worth more.
        case gated
        /// Too little memory can be freed now: residents are in use, loading, pinned or newly loaded.
        case noRoom
        /// Memory is shed because measured footprints exceed the budget.
        case shed

        /// In JSON and messages.
        public var name: String { SnakeCase.of(rawValue) }
    }

    /// Candidates that one decision lists at most.
    public static let mostCandidates = 32

    public let time: Time
    /// The instance that wants memory; nil when memory is shed.
    public let newcomer: InstanceID?
    public let outcome: Outcome
    /// Memory that the newcomer needs.
    public let needed: Bytes
    /// Memory free before any eviction; of several devices, as much of it as the newcomer could have.
    public let free: Bytes
    /// What the newcomer's residency is worth by the policy's measure; infinite when the gate is open.
    public let claim: Double
    /// Every instance that has, or has been promised, memory; where these are more than `mostCandidates`, the victims
    /// and others of the lowest scores, as far as they were looked at.
    public let candidates: [Candidate]
    /// How many more there are in memory.
    public let others: Int
    public let victims: [InstanceID]

    /// One instance in memory, as the policy saw it.
    public struct Candidate: Sendable {
        public enum Standing: String, Sendable {
            case evictable, inUse, pinned, protected, loading, leaving

            /// In JSON and messages.
            public var name: String { SnakeCase.of(rawValue) }
        }
        public let instance: InstanceID
        /// The policy's score, the lowest goes first; nil for one that cannot go now, which no policy is asked about.
        public let score: Double?
        public let ageOfContext: Double
        public let standing: Standing
        public let footprint: Bytes
    }
}
