import EmberSystem

/// Makes the view of everything: what the coordinator knows, with what those around it know.
struct StateReport: Sendable {
    let coordinator: Coordinator
    private let keeper: ContextKeeper?
    private let bodies: BodyStore
    private let connections: ConnectionTable
    private let queue: WorkQueue

    init(coordinator: Coordinator, keeper: ContextKeeper?, bodies: BodyStore, connections: ConnectionTable) {
        (self.coordinator, self.keeper) = (coordinator, keeper)
        (self.bodies, self.connections) = (bodies, connections)
        queue = coordinator.surroundings.queue("ember.descriptors")
    }

    /// O(models x services).
    func view() async -> StateView {
        var state = await coordinator.state()
        state.memory.gpus = await coordinator.within { coordinator in
            let roots = coordinator.engines.lives.compactMap { ($0.engine ?? $0.leavingEngine)?.rootProcess }
            return await coordinator.engines.footprints.view(roots: roots, coordinator.edge.devices)
        }
        state.context = keeper?.view
        if let keeper { noteKept(in: &state, keeper) }
        state.bodies = bodies.view
        state.connections = connections.view
        state.descriptors = await queue.run { DescriptorsView(open: OpenFiles.count, limit: OpenFiles.limit) }
        return state
    }

    private func noteKept(in state: inout StateView, _ keeper: ContextKeeper) {
        for (index, model) in state.models.enumerated() {
            state.models[index].engine.kept = coordinator.deployment.model(named: model.name).flatMap(keeper.kept)
        }
    }
}
