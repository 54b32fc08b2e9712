public import EmberConfig
public import EmberCore
public import EmberStore

/// How a service uses demonstrations.
public struct ServiceContext: Sendable {
    public enum Source: Sendable {
        case off
        /// Only users give them.
        case given
        /// Answers become demonstrations too.
        case learn
    }

    public var source = Source.off
    public var selection = SelectionMode.clustered
    /// Demonstrations in a prompt at most.
    public var examples = 2
    /// Demonstrations judged lower are not used.
    public var leastQuality = 0.0
    /// Whose answers become demonstrations.
    public var learnsFrom: Set<Origin> = []
    /// How long the saved KV states of its requests stay, at most.
    public var keep = StateKeep.unlimited

    public init() {}
}
