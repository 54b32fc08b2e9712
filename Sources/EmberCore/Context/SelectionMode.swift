/// How the demonstrations of a prompt are chosen.
public enum SelectionMode: String, Sendable, Hashable, CaseIterable {
    case none
    /// The newest ones, appended as they come; when there is no more room, the older half goes at once.
    case recent
    /// The oldest ones, always the same.
    case fixed
    /// Such as lie far apart, always the same.
    case diverse
    /// The nearest to each request.
    case nearest
    /// The same ones for all requests of a cluster, then the nearest two.
    case clustered
    /// What has cost least so far.
    case auto

    /// Whether it asks where the request's text lies.
    public var needsEmbedding: Bool { self == .nearest || self == .clustered }
}
