public import EmberCore
public import EmberNetwork

/// A model's id, with what it meant at some time.
struct ModelMark: Sendable {
    let model: ModelID
    fileprivate let version: Int
}

/// Everything one Ember serves: models and services by name, and the catalogue the planner decides on.
///
/// A class, as every request holds on to it in several places. What it serves changes when a model's files do, or the
/// configuration. Every request looks at it a dozen times.
public final class Deployment: Sendable {
    /// What conversations are found by.
    let stateKeys: StateKeys
    private let states: RarelyChanged<DeploymentState>

    /// - Parameters:
    ///   - contexts: one for each service, or none at all.
    ///   - deadlines: the same.
    ///   - stateKeys: by default others than any before.
    public convenience init(
        models: [ServedModel], services: [ServiceSpec], contexts: [ServiceContext] = [], deadlines: [Double?] = [],
        defaultService: String = "default", stateKeys: StateKeys = StateKeys()
    ) {
        self.init(
            DeploymentState(
                models,
                .init(specs: services, contexts: contexts, deadlines: deadlines, defaultName: defaultService)),
            stateKeys)
    }

    init(_ state: DeploymentState, _ stateKeys: StateKeys = StateKeys()) {
        self.stateKeys = stateKeys
        states = RarelyChanged(state)
    }

    /// As it now is. What looks up several things that must fit each other does so in one state.
    public var state: DeploymentState { _read { yield states.value } }

    // MARK: Changes

    /// A model's files have been read again.
    func take(_ model: ServedModel, as id: ModelID) { states.change { $0.taking(model, as: id) } }

    /// The configuration has changed.
    func take(_ state: DeploymentState) { states.change { _ in state } }

    // MARK: As it now is

    /// By id, as their files were when they were read last; retired ones included.
    public var models: [ServedModel] { state.models }
    public var catalogue: Catalogue { _read { yield states.value.catalogue } }
    public var contexts: [ServiceContext] { state.contexts }
    public var deadlines: [Double?] { state.deadlines }
    public var defaultService: ServiceID { state.defaultService }
    /// The models that are configured.
    public var served: [ServedModel] { state.modelIDs.map { state[$0] } }

    /// Every way by which its upstreams are reached.
    public var ways: Set<NetworkWay> { Set(models.flatMap(\.clouds).map(\.upstream.way)) }

    /// - Parameter name: a model's, or another one of it; with Ollama's tag or without.
    public func model(named name: String) -> ModelID? { state.model(named: name) }
    public func service(named name: String) -> ServiceID? { state.service(named: name) }
    // Lent, not copied.
    public subscript(model: ModelID) -> ServedModel {
        _read { yield states.value.models[model.index] }
    }

    /// Whose engine runs the model: its own, or its base's.
    func instance(of model: ModelID) -> InstanceID { state.instance(of: model) }

    /// By which it is found out after a wait whether the id still means the same model, with the same settings.
    func mark(of model: ModelID) -> ModelMark { ModelMark(model: model, version: self[model].origin.version) }

    func isCurrent(_ mark: ModelMark) -> Bool { self[mark.model].origin.version == mark.version }

    func needsPrompts(of service: ServiceID, for model: ModelID) -> Bool {
        state.needsPrompts(of: service, for: model)
    }

    func hasSlots(_ service: ServiceID, _ model: ModelID) -> Bool { state.hasSlots(service, model) }
}
