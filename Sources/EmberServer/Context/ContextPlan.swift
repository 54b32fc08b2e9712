import EmberContext
import EmberCore
import EmberStore

/// What is known of a request's context before it is known where it runs.
struct ContextPlan: Sendable {
    /// Feedback refers to it.
    let request: String
    let tenant: String
    let service: ServiceID
    let serviceName: String
    let model: ModelID
    let settings: ServiceContext
    let path: String
    let prompt: PromptBody
    let isStreaming: Bool
    /// How demonstrations are chosen for it, at most so many.
    let mode: SelectionMode
    let count: Int
    /// Where its text lies; nil: not known.
    let vector: Embedding?

    /// Its answer may become a demonstration.
    var teaches: Bool { settings.source == .learn && prompt.isSelfContained && prompt.answerCount == 1 }
}

/// What a request has taken of its engine's context.
struct ContextUse: Sendable {
    var selection = Selection()
    var edits: [BodyEdit] = []
    var lease: SlotLease?
    /// The slots of its engine; nil where the engine has none that Ember knows of.
    var slots: EngineSlots?
    var relevance = 1.0
}
