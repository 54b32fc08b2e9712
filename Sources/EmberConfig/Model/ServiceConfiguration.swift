public import EmberCore

/// A kind of work that contexts are about.
public struct ServiceConfiguration: Sendable, Equatable {
    public var name = "default"
    /// Context value lost per second, in examples.
    public var vanishingPerSecond = 0.01
    /// Tokens of one demonstration.
    public var demonstrationTokens = 100.0
    /// Its requests are never sent to the cloud.
    public var isLocalOnly = false
    /// An answer that has not begun by then is of no use; nil: `queue.max_wait` alone.
    public var deadlineSeconds: Double?
    /// Models that may answer in place of the one that is asked for.
    public var standIns: [String] = []
    public var budget = CloudBudgetConfiguration()
    public var context = ContextSource.off
    public var selection = SelectionMode.clustered
    /// Demonstrations that go into a prompt at most.
    public var examples = 2
    public var taken = TakenDemonstrations()

    /// How long saved KV states of it stay, at most; nil: as the configuration says of all.
    public var keep: StateKeep?

    public init() {}
}

/// Which demonstrations of a service are good enough.
public struct TakenDemonstrations: Sendable, Equatable {
    /// Those judged lower are not used; one without a judgement counts as 0.5.
    public var leastQuality = 0.0
    /// The sources of answers that become demonstrations where the service learns.
    public var learnsFrom = [AnswerSource.edge, .cloud]

    public init() {}
}

/// Where a service's demonstrations come from.
public enum ContextSource: String, Sendable, CaseIterable {
    /// It has none.
    case off
    /// Only from users who give them.
    case given
    /// Past requests and their answers become demonstrations too.
    case learn
}

/// Whose answers a service learns from.
public enum AnswerSource: String, Sendable, CaseIterable {
    case edge
    case cloud
}
