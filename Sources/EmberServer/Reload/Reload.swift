import EmberConfig
import EmberCore

/// A configuration with all that was made of it, ready to be taken.
struct Reload: Sendable {
    let configuration: Configuration
    let fates: ModelFates
    let ids: ReloadIDs
    /// As their files are, by their ids.
    let models: [ModelID: ServedModel]
    let services: ServiceBuilder
    let settings: PlannerSettings
    let budgets: CloudBudgets

    /// Has it served. Nothing of it waits: no request and no engine sees half of it.
    ///
    /// - Returns: false where Ember ends; then nothing has changed.
    func take(_ plan: ReloadPlan, for coordinator: isolated Coordinator) -> Bool {
        guard !coordinator.drain.hasBegun else { return false }
        coordinator.upstreams.take(budgets)
        if plan.settings.contains("policy") {
            // It was found good when the configuration was read.
            try? coordinator.changePolicy(to: configuration.planning.policy)
        }
        var bounds = SettingsChange(settings)
        if configuration.planning.memory.device == .gpu { bounds.budget = coordinator.edge.settings.budget }
        if bounds != SettingsChange(coordinator.edge.settings) { coordinator.handle(.settingsChanged(bounds)) }
        let change = DeploymentChange(self, after: coordinator.deployment.state, coordinator.edge.catalogue)
        coordinator.deployment.take(change.state)
        coordinator.fatal.forget(change.reused.models.map { InstanceID($0.index) })
        EngineRenewal.prepare(change, for: coordinator)
        coordinator.handle(.catalogueChanged(change.event))
        EngineRenewal.perform(change, for: coordinator)
        return true
    }
}

extension ReloadIDs {
    /// The ids that another configuration's models and services will have.
    init(_ configuration: Configuration, _ fates: ModelFates, for coordinator: isolated Coordinator) {
        let (state, used, edge) = (coordinator.deployment.state, coordinator.requests.used, coordinator.edge)
        let bases = Set(state.models.compactMap(\.spec.base))
        // Retired ones of which nothing is left: no engine, no request, and no variant.
        let models = state.models.indices.map { ModelID($0) }.filter { id in
            state[id].spec.isRetired && edge.instances[id.index].phase == .absent
                && coordinator.engines[InstanceID(id.index)].isAbsent && !used.models.contains(id)
                && !bases.contains(id)
        }
        let services = state.contexts.indices.map { ServiceID($0) }.filter {
            state.isRetired($0) && !used.services.contains($0)
        }
        self.init(configuration, fates, after: state, free: (models, services))
    }
}
