/// What the driver must do, in the order given.
public enum Effect: Hashable, Sendable {
    /// Start the instance's engine; answer with `loadFinished` or `loadFailed`.
    case beginLoad(InstanceID)
    /// Stop the instance's engine; answer with `unloadFinished`.
    case beginUnload(InstanceID, UnloadReason)
    /// Run the request on the resident instance; answer with `requestFinished` or `requestFailed`.
    case dispatch(RequestID, InstanceID)
    /// At least this many tokens of idle conversations must leave the instance's slots before what is dispatched next
    /// is sent; which ones, the driver chooses. A conversation that the request itself continues counts as gone: its
    /// tokens are the request's.
    case makeRoom(InstanceID, tokens: Int)
    /// Run the request in the cloud; answer with `requestFinished` or `requestFailed`.
    case offload(RequestID, OffloadReason)
    /// The request waits; a later effect ends its wait.
    case enqueue(RequestID)
    /// The request ends here, unanswered.
    case reject(RequestID, Rejection)
    /// What comes next of the request is at the edge, though the cloud is expected to cost less: it shows what it takes
    /// there.
    case trial(RequestID)
}

public enum UnloadReason: Hashable, Codable, Sendable {
    /// Its memory is needed for another instance.
    case evicted(for: InstanceID)
    /// It was idle for longer than its time-to-live.
    case idle
    /// The operator asked for it.
    case requested
    /// Measured footprints exceed the budget.
    case overBudget
}

public enum OffloadReason: Hashable, Sendable {
    /// The model runs only in the cloud.
    case cloudModel
    /// The model can never fit into the edge's memory.
    case neverFits
    /// Its engine was ended because it took more memory than it can have, and may not be started yet; or the request
    /// itself caused that.
    case overBudget
    /// The policy holds the residents to be worth more than the newcomer.
    case notAdmitted
    /// The resident is being emptied to make room for another instance.
    case draining
    /// The model's engine has failed and may not be started yet.
    case engineFailed
    /// The waiting room is full.
    case queueFull
    /// The request has waited as long as a request may.
    case waitedTooLong
    /// The edge's energy is spent for now.
    case energySpent
    /// The cloud is expected to cost less than waiting for the edge.
    case cheaper
    /// The edge would not begin before the request's deadline, or has not.
    case deadline
    /// The model's engine at the edge cannot serve such a request.
    case unfit
    /// The operator has ended the load that it waited for.
    case unloaded
    /// The model is no longer in the configuration.
    case modelRemoved

    /// In JSON, headers and messages.
    public var name: String { SnakeCase.of("\(self)") }
}

public enum Rejection: String, Hashable, Sendable {
    /// The waiting room of the whole server is full.
    case queueFull
    /// The waiting room of this model is full.
    case modelQueueFull
    /// The request has waited as long as a request may.
    case waitedTooLong
    /// The model needs more memory than there is, or than pinned models leave.
    case neverFits
    /// The model's engine was ended because it took more memory than it can have, and is not started for now.
    case overBudget
    /// The engine, which ran nothing else, was ended because the request made it take more memory than it can have.
    case requestNeedsTooMuch
    /// The model's engine failed too often and is not started for now.
    case modelFailed
    /// The engine failed while it ran the request.
    case engineFailed
    /// Work on it would not begin before its deadline, or has not.
    case deadline
    /// The cloud has failed, and the edge cannot take the request.
    case cloudFailed
    /// The operator has ended the load that it waited for.
    case unloaded
    /// The model is no longer in the configuration.
    case modelRemoved

    /// In JSON and messages.
    public var name: String { SnakeCase.of(rawValue) }
}
