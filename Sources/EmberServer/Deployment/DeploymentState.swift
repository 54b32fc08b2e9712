public import EmberCore

/// What a deployment serves from one change of it to the next: models and services by name and by id. It does not
/// change.
///
/// Ids are small integers that the planner, engines and requests count on. A model keeps its id for as long as it is
/// configured. One that was taken out of the configuration is *retired*: no name leads to it any more, and it keeps its
/// id until it has left memory and its last request has ended. After that the id may be used again, for another model:
/// ids that were looked up in one generation are not to be used in a later one, but by requests that live.
public final class DeploymentState: Sendable {
    /// By id, retired ones included.
    public let models: [ServedModel]
    public let catalogue: Catalogue
    /// By service, how it uses demonstrations.
    public let contexts: [ServiceContext]
    /// By service, in seconds.
    public let deadlines: [Double?]
    public let defaultService: ServiceID
    /// Counts the changes of the configuration.
    let generation: Int
    /// Services that were taken out of the configuration.
    private let retiredServices: Set<ServiceID>
    private let modelsByName: [String: ModelID]
    private let servicesByName: [String: ServiceID]

    /// What a service is to the server, beside what the planner knows of it.
    struct Services: Sendable {
        var specs: [ServiceSpec]
        /// One for each service, or none at all.
        var contexts: [ServiceContext]
        /// The same.
        var deadlines: [Double?]
        var retired: Set<ServiceID> = []
        /// The name of the default one.
        var defaultName: String
    }

    init(_ models: [ServedModel], _ services: Services, generation: Int = 0) {
        self.models = models
        self.generation = generation
        let specs = services.specs
        contexts = services.contexts.isEmpty ? specs.map { _ in ServiceContext() } : services.contexts
        deadlines = services.deadlines.isEmpty ? specs.map { _ in nil } : services.deadlines
        catalogue = Catalogue(models: models.map(\.spec), services: specs)
        retiredServices = services.retired
        modelsByName = Self.names(of: models)
        var byName: [String: ServiceID] = [:]
        for (index, spec) in specs.enumerated() where !services.retired.contains(ServiceID(index)) {
            byName[spec.name] = ServiceID(index)
        }
        servicesByName = byName
        defaultService = byName[services.defaultName] ?? ServiceID(0)
    }

    /// The same, with one model as its files now are.
    private init(_ state: DeploymentState, models: [ServedModel]) {
        self.models = models
        (catalogue, contexts, deadlines) = (state.catalogue, state.contexts, state.deadlines)
        (defaultService, generation) = (state.defaultService, state.generation)
        retiredServices = state.retiredServices
        (modelsByName, servicesByName) = (state.modelsByName, state.servicesByName)
    }

    func taking(_ model: ServedModel, as id: ModelID) -> DeploymentState {
        var models = models
        let known = models[id.index].origin
        models[id.index] = model
        models[id.index].origin.version = known.version
        models[id.index].origin.engineVersion = known.engineVersion
        return DeploymentState(self, models: models)
    }

    private static func names(of models: [ServedModel]) -> [String: ModelID] {
        var byName: [String: ModelID] = [:]
        let served = models.enumerated().filter { !$0.element.spec.isRetired }
        for (index, model) in served {
            for name in [model.name] + model.aliases { byName[name] = ModelID(index) }
        }
        for (index, model) in served {
            for name in ([model.name] + model.aliases).map(OllamaName.other) where byName[name] == nil {
                byName[name] = ModelID(index)
            }
        }
        return byName
    }

    // MARK: By name

    /// - Parameter name: a model's, or another one of it; with Ollama's tag or without.
    public func model(named name: String) -> ModelID? { modelsByName[name] }
    public func service(named name: String) -> ServiceID? { servicesByName[name] }

    /// The one model of a deployment that has only one: requests need not name it.
    var onlyModel: ModelID? {
        var ids = modelIDs.makeIterator()
        let first = ids.next()
        return ids.next() == nil ? first : nil
    }

    // MARK: By id

    // Lent, not copied.
    public subscript(model: ModelID) -> ServedModel { _read { yield models[model.index] } }

    /// The models that are configured.
    public var modelIDs: some Sequence<ModelID> {
        models.indices.lazy.filter { [models] in !models[$0].spec.isRetired }.map { ModelID($0) }
    }

    /// The services that are configured.
    var serviceIDs: some Sequence<ServiceID> {
        contexts.indices.lazy.map { ServiceID($0) }.filter { [retiredServices] in !retiredServices.contains($0) }
    }

    func isRetired(_ service: ServiceID) -> Bool { retiredServices.contains(service) }

    /// Whose engine runs the model: its own, or its base's.
    func instance(of model: ModelID) -> InstanceID { catalogue.instance(ServiceID(0), model) }

    // MARK: What requests need

    /// Whether Ember has to know what such requests ask: for demonstrations, or for a slot.
    func needsPrompts(of service: ServiceID, for model: ModelID) -> Bool {
        contexts[service.index].source != .off || hasSlots(service, model)
    }

    /// Whether Ember gives slots on the model, or on one that may stand in for it.
    func hasSlots(_ service: ServiceID, _ model: ModelID) -> Bool {
        self[model].slots != nil || catalogue[service].standIns.contains { self[$0].slots != nil }
    }
}
