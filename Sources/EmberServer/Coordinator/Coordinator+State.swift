public import EmberCore

// What is going on, for those who ask, and the policy that decides.
extension Coordinator {
    /// The state of everything, for people and tests. O(models x services).
    public func state() -> StateView {
        let (lives, models) = (engines.lives, deployment.models)
        let memory = models.indices.map { index in
            MemoryView(
                measured: lives[index].memory.life?.last,
                learnt: engines.footprints.footprint(models[index].footprint.key))
        }
        var view = StateView(
            policy: driver.policy.name, edge: edge, deployment: deployment, at: now, decisions: book.newestFirst,
            engineProcesses: lives.map { $0.engine?.engineProcess }, memories: memory,
            failures: lives.map(\.lastFailure))
        if models.contains(where: { !$0.clouds.isEmpty }) { view.cloud = upstreams.clouds.view(at: now) }
        return view
    }

    /// Only what the list of models needs. O(models).
    public func modelStates() -> [(model: ServedModel, status: ModelStatus)] {
        let (state, edge) = (deployment.state, edge)
        return state.modelIDs.map { id in
            let instance = edge.instances[state.instance(of: id).index]
            return (
                state[id], ModelStatus(instance, problem: state[id].problem, settings: edge.settings, now: now)
            )
        }
    }

    /// Decides by another policy from now on; residents, queues, contexts and costs stay as they are.
    public func changePolicy(to text: String) throws(PolicyError) {
        _ = try PolicyCatalog.entry(text)
        logger.notice("policy changed", metadata: ["from": "\(driver.policy.name)", "to": "\(text)"])
        driver.policy.name = text
        handle(.policyChanged(text, seed: driver.policy.seed))
    }
}
