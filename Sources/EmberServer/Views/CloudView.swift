/// What upstreams have been paid, and which are left alone for now.
public struct CloudView: Codable, Sendable {
    /// Money, with what is set aside for requests under way.
    public var spentToday: Double
    public var spentThisMonth: Double
    /// Of these, what requests under way may cost at most.
    public var setAside: Double
    public var upstreams: [Upstream]

    public struct Upstream: Codable, Sendable {
        public var name: String
        /// In a row.
        public var failures: Int
        /// What the last one was; nil: it is well, or nothing was told.
        public var failure: String?
        /// Until it is tried again; nil: it is asked as usual.
        public var retrySeconds: Double?
    }
}
