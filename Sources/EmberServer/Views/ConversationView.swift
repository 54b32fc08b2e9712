import EmberContext

/// A prompt that an engine's slot holds, with its answer: a next one that begins with the same is not computed again.
public struct ConversationView: Codable, Sendable {
    /// Its prompt's digest, by which it can be deleted; nil where it has none. It changes with each turn.
    public var id: String?
    public var model: String
    public var service: String
    public var tenant: String
    /// Of prompt and answer, at most.
    public var tokens: Int
    /// A request goes on with it now.
    public var running: Bool
    /// It begins with demonstrations.
    public var demonstrations: Bool
    /// Its state is saved, as the slot holds it.
    public var saved: Bool
}

/// A KV state that is saved.
public struct SavedConversationView: Codable, Sendable {
    /// As a conversation's; nil: demonstrations by themselves.
    public var id: String?
    public var tokens: Int
    public var bytes: Int
    /// Since it was saved.
    public var ageSeconds: Double
    /// It begins with demonstrations.
    public var demonstrations: Bool

    init(_ entry: StateArchive.Entry, at now: Double) {
        id = entry.origin.chain.id?.hexadecimal
        (tokens, bytes) = (entry.tokens, entry.bytes)
        ageSeconds = max(0, now - entry.life.began)
        demonstrations = entry.origin.owner != nil
    }
}

/// What slots hold, the latest used first, and what is saved, the latest saved first.
public struct ConversationList: Codable, Sendable {
    public var conversations: [ConversationView] = []
    public var states: [SavedConversationView] = []
}

/// What a tenant's wish to forget has removed.
public struct ForgottenView: Codable, Sendable {
    public var states: Int
    public var slots: Int
}
