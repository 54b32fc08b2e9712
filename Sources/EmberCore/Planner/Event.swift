/// What happens, as the driver gives it to the planner, with the instant at which it happened.
public enum Event: Hashable, Sendable {
    /// A device asks `service` to be answered by `model`; `offloadable`: the cloud may answer instead.
    case requestArrived(
        RequestID, service: ServiceID, model: ModelID, offloadable: Bool, terms: RequestTerms = RequestTerms())
    /// All `count` requests of a (service, model) pair in one slot, decided as one: the papers' batch. It takes one
    /// place and one slot of the instance, and costs as much as its requests.
    case batchArrived(RequestID, service: ServiceID, model: ModelID, count: Int, offloadable: Bool)
    /// A dispatched or offloaded request has ended well. `tokens` of prefill and decode were worked on; `bill` is what
    /// the cloud has charged, in money; `work` is what the engine at the edge has reported, if it has.
    case requestFinished(RequestID, tokens: Int, bill: Double = 0, work: EngineWork? = nil)
    /// A dispatched or offloaded request has failed; it can be tried again while the client has seen nothing of it.
    case requestFailed(RequestID, retryable: Bool)
    /// The client has gone. The driver stops the request's work by itself.
    case requestCancelled(RequestID)

    /// A load begun by `Effect.beginLoad` is ready for requests.
    case loadFinished(InstanceID)
    /// A load has failed and its memory is free again.
    case loadFailed(InstanceID)
    /// An unload begun by `Effect.beginUnload` is done and its memory is free again.
    case unloadFinished(InstanceID)
    /// A resident's process has ended by itself and its memory is free; its requests fail one by one.
    case engineDied(InstanceID)
    /// What a resident holds of a service's demonstrations, as its driver knows: how many, and what they are worth in
    /// examples. From then on served requests of the pair add nothing by themselves.
    case contextMeasured(ServiceID, ModelID, examples: Double, worth: Double)
    /// The driver has counted what was only bounded (`RequestTerms.tokens`): the request may have at most these tokens.
    /// A bound never rises.
    case tokensCounted(RequestID, Int)
    /// The tokens that the idle conversations in a resident's slots have now, without those that the driver already
    /// lets go of. Sent when that has changed: a request has ended, a conversation was restored or has gone.
    case tokensHeld(InstanceID, Int)
    /// The share of the model's weights, 0 to 1, that the page cache holds: a load would not have to read it from the
    /// disk. Sent while none of its instances loads; 1 until the first.
    case weightsCached(ModelID, share: Double)
    /// What the instance takes in memory while it runs nothing, and what each running request takes on top: as measured
    /// of one in memory, as learnt of another.
    case footprintMeasured(InstanceID, Bytes, peak: Bytes = .zero)
    /// The instance has been ended because it took more memory than it can have, and its memory is free; its requests
    /// fail one by one. With what its next life is expected to take.
    case engineOverran(InstanceID, resting: Bytes, peak: Bytes)
    /// The files of an instance that is not in memory were read again, and are good: what it is estimated to take, and
    /// what was learnt of these files. A load of it that has begun is taken back, and weighed again.
    case modelRead(InstanceID, estimate: Bytes, resting: Bytes, peak: Bytes)
    /// The files of an instance that is not in memory cannot be loaded. A load of it that has begun is taken back.
    case modelUnusable(InstanceID)
    /// The operator wants the model taken as its file or its settings say, whatever was learnt of it.
    case footprintForgotten(InstanceID)
    /// What the machine has taken since the last such event, by its own counters; stretches in which the edge had
    /// nothing to do may be left out. From the first on, energy is what is measured. Not used in slots.
    case energyMeasured(joules: Double)

    /// The operator, or a preload, wants the instance resident.
    case loadRequested(InstanceID)
    /// The operator wants the instance gone as soon as its requests have ended; one that loads, at once.
    case unloadRequested(InstanceID)
    /// The operator wants decisions by another policy from now on; a text as `PolicyCatalog.entry` takes it.
    case policyChanged(String, seed: UInt64)
    /// The configuration was read again: models and services have changed. The same event may be sent again later, once
    /// what was retired has left memory, to leave it out.
    indirect case catalogueChanged(CatalogueChange)
    /// The configuration was read again: other bounds hold from now on.
    indirect case settingsChanged(SettingsChange)
    /// Time has passed: see `Planning.nextWake`.
    case tick
    /// A slot has ended (`PlannerSettings.time` is `.slots`): contexts take in what was served in it, and age by one
    /// slot.
    case slotEnded
}
