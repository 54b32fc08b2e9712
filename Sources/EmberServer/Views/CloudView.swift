/// What upstreams have been paid, and which are disabled now.
public struct CloudView: Codable, Sendable {
    /// Money, with what is set aside for requests under way.
    public var spentToday: Double
    public var spentThisMonth: Double
    /// Of these, what requests under way may cost at most.
    public var setAside: Double
    /// What may be spent in all; nil: there is no limit.
    public var dayLimit: Double?
    public var monthLimit: Double?
    public var upstreams: [Upstream]

    public struct Upstream: Codable, Sendable {
        public var name: String
        /// In a row.
        public var failures: Int
        /// What the last failure was; nil: the upstream answers, or gave no reason.
        public var failure: String?
        /// Until it is tried again; nil: it is asked as usual.
        public var retrySeconds: Double?
    }
}
