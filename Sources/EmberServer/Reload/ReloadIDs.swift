import EmberConfig
import EmberCore

/// The ids of another configuration's models and services: those that stay keep theirs, and new ones get ids that
/// nothing has any more, or further ones.
struct ReloadIDs: Sendable {
    private(set) var models: [String: ModelID] = [:]
    private(set) var services: [String: ServiceID] = [:]
    /// Ids of the state before that now mean something else.
    private(set) var reusedModels: [ModelID] = []
    private(set) var reusedServices: [ServiceID] = []
    /// How many ids there are then.
    private var modelCount: Int
    private var serviceCount: Int

    /// - Parameter free: retired ids that nothing has any more, in order.
    init(
        _ configuration: Configuration, _ fates: ModelFates, after state: DeploymentState,
        free: (models: [ModelID], services: [ServiceID])
    ) {
        (modelCount, serviceCount) = (state.models.count, state.contexts.count)
        // The lowest first.
        var (freeModels, freeServices) = (Array(free.models.reversed()), Array(free.services.reversed()))
        let known = Dictionary(uniqueKeysWithValues: state.modelIDs.map { (state[$0].name, $0) })
        for model in configuration.models {
            if let id = known[model.name], fates[model.name].keepsID {
                models[model.name] = id
            } else if let free = freeModels.popLast() {
                models[model.name] = free
                reusedModels.append(free)
            } else {
                models[model.name] = ModelID(modelCount)
                modelCount += 1
            }
        }
        for service in configuration.access.services {
            if let known = state.service(named: service.name) {
                services[service.name] = known
            } else if let free = freeServices.popLast() {
                services[service.name] = free
                reusedServices.append(free)
            } else {
                services[service.name] = ServiceID(serviceCount)
                serviceCount += 1
            }
        }
    }

    var places: ModelPlaces { ModelPlaces(models) }
}
