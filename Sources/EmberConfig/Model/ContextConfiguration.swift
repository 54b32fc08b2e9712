public import EmberCore

/// What becomes of contexts, and where demonstrations and KV states are kept.
public struct ContextConfiguration: Sendable, Equatable {
    /// nil: kept where a service has demonstrations, else lost.
    public var retention: ContextRetention?
    /// The name of the model that embeds prompts; nil: relevance is not known.
    public var embeddingModel: String?
    /// Reserved for an answer whose request names no bound, in tokens; nil: a quarter of the window.
    public var answerTokens: Int?
    /// Demonstrations that are kept of each tenant's service.
    public var entriesPerService = 10_000
    /// The store's file, in bytes.
    public var storeBytes = 1 << 30
    /// Saved KV states, in bytes; 0: none are saved.
    public var stateBytes = 1 << 30
    /// KV states that engines may write in 24 hours, in bytes.
    public var writeBytes = 64 << 30
    /// How long saved KV states stay, at most.
    public var keep = StateKeep(seconds: 7 * 86_400)
    /// The folder of saved KV states, an absolute path; nil: within the state folder.
    public var stateFolder: String?

    public init() {}

    /// Where engines save the KV states of their slots.
    public func slotFolder(in folders: ConfigurationFolders) -> String { stateFolder ?? folders.state + "/kv" }
}
