public import EmberCore

/// Where an admitted request is to run, or why it will not.
public enum Outcome: Sendable {
    case edge(EdgeRoute)
    case cloud(CloudTarget, OffloadReason)
    case refused(Refusal)
}

/// A resident engine to send a request to.
public struct EdgeRoute: Sendable {
    public let instance: InstanceID
    /// Another than the one asked for, where it stands in.
    public let model: ModelID
    public let engine: any ResidentEngine
    public let reason: EdgeReason
    /// Tokens of idle conversations that must leave the engine's slots before the request is sent.
    var room = 0
    /// What the request says of the engine's adapters; nil: there are none.
    var adapter: AppliedAdapter?
    /// The model is a variant, and the engine was started without its adapter.
    var lacksAdapter = false
}

/// The engine of a variant was started without its adapter.
struct LackingAdapter: Error {}

/// An adapter as the engine knows it: by its place among those that it was started with.
struct AppliedAdapter: Sendable, Equatable {
    let place: Int
    let scale: Double
}

/// Why, and how, a request came to run at the edge.
public enum EdgeReason: String, Sendable {
    /// The model was in memory, and a slot was free.
    case resident
    /// It has waited for its model, or for a slot.
    case waited
    /// The cloud is expected to cost less, but what it costs here should be seen now and then.
    case trial
    /// A resident answers for the model that was asked for.
    case standsIn = "stands_in"
}

/// Why a request ends unanswered, with what the client should know.
public struct Refusal: Error, Sendable {
    enum Reason: Sendable {
        case rejected(Rejection)
        /// It could only run in the cloud, and must not go there now.
        case cloud(CloudRefusal)
        /// The change that the operator wants of a model has failed.
        case change(ChangeProblem)
        /// The client is gone; no one reads this.
        case clientGone
        /// Ember is shutting down.
        case shuttingDown
    }

    let reason: Reason
    public let message: String
    /// When it may be worth another try; nil: not without a change.
    public let retryAfterSeconds: Int?

    /// Whether every upstream has failed the request, and the edge could not take it.
    var isCloudFailure: Bool {
        if case .rejected(.cloudFailed) = reason { true } else { false }
    }
}

/// The coordinator's name for one request.
public struct Ticket: Hashable, Sendable {
    let request: RequestID
    /// Tells this request from others that have had the same id.
    let serial: Int
    public let model: ModelID
}

/// What the coordinator says at once to a new request.
public struct AdmissionResult: Sendable {
    public let ticket: Ticket
    /// nil: it waits; see `Coordinator.outcome(of:)`.
    public let outcome: Outcome?
}
