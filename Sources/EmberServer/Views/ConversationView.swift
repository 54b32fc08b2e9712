/// A prompt that an engine's slot holds, with its answer: a next one that begins with the same is not computed again.
public struct ConversationView: Codable, Sendable {
    public var model: String
    public var service: String
    public var tenant: String
    /// Of prompt and answer, at most.
    public var tokens: Int
    /// A request goes on with it now.
    public var running: Bool
    /// It begins with demonstrations: its state is saved when the slot is needed.
    public var saved: Bool
}

/// What slots hold, the latest used first.
public struct ConversationList: Codable, Sendable {
    public var conversations: [ConversationView]
}
