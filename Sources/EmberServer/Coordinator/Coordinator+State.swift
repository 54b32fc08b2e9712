public import EmberCore

// What is going on, for those who ask.
extension Coordinator {
    /// The state of everything, for people and tests. O(models x services).
    public func state() -> StateView {
        let memory = deployment.models.indices.map { index in
            MemoryView(
                measured: memories[index]?.last, learnt: footprints.footprint(deployment.models[index].footprintKey))
        }
        var view = StateView(
            policy: policy, edge: planner.edge, deployment: deployment, at: now, decisions: decisions.newestFirst,
            engineProcesses: engines.map { $0?.engineProcess ?? nil }, memories: memory, failures: lastFailure)
        if deployment.models.contains(where: { !$0.clouds.isEmpty }) { view.cloud = clouds.view(at: now) }
        return view
    }

    /// Only what the list of models needs. O(models).
    public func modelStates() -> [ModelStatus] {
        deployment.models.indices.map { index in
            let instance = planner.edge.instances[deployment.instance(of: ModelID(index)).index]
            return ModelStatus(
                instance, problem: deployment.models[index].problem, settings: planner.edge.settings, now: now)
        }
    }
}
