import EmberCore

// What the keeper of contexts tells, and asks.
extension Coordinator {
    /// What a resident holds of a service's demonstrations, and what they are worth.
    func noteContext(of service: ServiceID, on model: ModelID, examples: Double, worth: Double) {
        handle(.contextMeasured(service, model, examples: examples, worth: worth))
    }

    /// The model's engine, where it is resident and nobody uses it or waits for it.
    func idleEngine(of model: ModelID) -> (any ResidentEngine)? {
        let id = deployment.instance(of: model)
        let instance = planner.edge.instances[id.index]
        guard instance.inFlight == 0, planner.edge.waiting(for: id) == 0, !instance.isDraining else { return nil }
        return engines[id.index]
    }
}
