import EmberContext
public import EmberCore
public import EmberNetwork

/// Everything one Ember serves: models and services by name, and the catalogue the planner decides on.
///
/// A class, as every request holds on to it in several places. Only the table of models changes, when their files do.
public final class Deployment: Sendable {
    public let catalogue: Catalogue
    public let defaultService: ServiceID
    /// By service, how it uses demonstrations.
    public let contexts: [ServiceContext]
    /// By service, in seconds: an answer that has not begun by then is of no use; nil: `queue.max_wait` alone.
    public let deadlines: [Double?]
    /// What conversations are found by.
    let chainKey = ChainKey()
    private let table: ServedModels
    private let modelsByName: [String: ModelID]
    private let servicesByName: [String: ServiceID]

    /// - Parameters:
    ///   - contexts: one for each service, or none at all.
    ///   - deadlines: the same.
    public init(
        models: [ServedModel], services: [ServiceSpec], contexts: [ServiceContext] = [], deadlines: [Double?] = [],
        defaultService: String = "default"
    ) {
        table = ServedModels(models)
        self.contexts = contexts.isEmpty ? services.map { _ in ServiceContext() } : contexts
        self.deadlines = deadlines.isEmpty ? services.map { _ in nil } : deadlines
        catalogue = Catalogue(models: models.map(\.spec), services: services)
        var byName: [String: ModelID] = [:]
        for (index, model) in models.enumerated() {
            for name in [model.name] + model.aliases { byName[name] = ModelID(index) }
        }
        for (index, model) in models.enumerated() {
            for name in ([model.name] + model.aliases).map(OllamaName.other) where byName[name] == nil {
                byName[name] = ModelID(index)
            }
        }
        modelsByName = byName
        servicesByName = Dictionary(
            uniqueKeysWithValues: services.enumerated().map { ($0.element.name, ServiceID($0.offset)) })
        self.defaultService = servicesByName[defaultService] ?? ServiceID(0)
    }

    /// As their files were when they were read last.
    public var models: [ServedModel] { table.all }

    /// Every way by which its upstreams are reached.
    public var ways: Set<NetworkWay> { Set(models.flatMap(\.clouds).map(\.upstream.way)) }

    /// A model's files have been read again.
    func take(_ model: ServedModel, as id: ModelID) { table.take(model, as: id) }

    /// - Parameter name: a model's, or another one of it; with Ollama's tag or without.
    public func model(named name: String) -> ModelID? { modelsByName[name] }
    public func service(named name: String) -> ServiceID? { servicesByName[name] }
    // Lent, not copied.
    public subscript(model: ModelID) -> ServedModel { _read { yield table[model] } }

    /// Whose engine runs the model: its own, or its base's.
    func instance(of model: ModelID) -> InstanceID { catalogue.instance(defaultService, model) }

    /// Whether Ember has to know what such requests ask: for demonstrations, or for a slot.
    func needsPrompts(of service: ServiceID, for model: ModelID) -> Bool {
        contexts[service.index].source != .off || hasSlots(service, model)
    }

    /// Whether Ember gives slots on the model, or on one that may stand in for it.
    func hasSlots(_ service: ServiceID, _ model: ModelID) -> Bool {
        self[model].slots != nil || catalogue[service].standIns.contains { self[$0].slots != nil }
    }

    /// The one model of a deployment that has only one: requests need not name it.
    var onlyModel: ModelID? { catalogue.models.count == 1 ? ModelID(0) : nil }
}
