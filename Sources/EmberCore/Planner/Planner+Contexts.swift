// What instances hold of their services' contexts, and lose with their memory.
extension Planner {
    /// Takes in what a resident holds of a service, as the driver has found. Ignored where the service has asked nothing of the
    /// instance since its load: then no context of it is in memory.
    mutating func takeContext(of service: ServiceID, _ model: ModelID, examples: Double, worth: Double) {
        let instance = edge.catalogue.instance(service, model)
        guard edge.settings.time == .continuous, edge[instance, service].isInMemory else { return }
        edge[instance, service].isMeasured = true
        let (now, window) = (edge.now, edge.catalogue.windowExamples(service, edge[instance].model))
        edge.changeContext(of: service, on: instance) { $0.hold(examples, worth: worth, at: now, window: window) }
        if isRanked(instance) { rank(instance) }
    }

    /// The instance has left memory, and what it held of its services with it. O(services).
    mutating func dropContexts(of instance: InstanceID) {
        for service in edge.catalogue.services(of: instance).lazy.map({ ServiceID($0) })
        where edge[instance, service].isInMemory {
            edge[instance, service].isInMemory = false
            if edge.settings.retention == .lost { edge.changeContext(of: service, on: instance) { $0.clear() } }
        }
    }
}
