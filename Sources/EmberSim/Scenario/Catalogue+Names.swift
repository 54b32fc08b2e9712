import EmberCore

extension Catalogue {
    /// What reports call an instance: its model, with the service before it where that does not go without saying.
    func name(of instance: InstanceID) -> String {
        let model = self[model(of: instance)].name
        guard sharing == .pairs, services.count > 1 else { return model }
        return services[instance.index / models.count].name + "/" + model
    }
}
