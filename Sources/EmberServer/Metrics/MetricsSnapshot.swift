import EmberCore

/// What the coordinator knows when it is asked, taken without a suspension; the text is made of it elsewhere.
struct MetricsSnapshot: Sendable {
    let edge: EdgeState
    let deployment: DeploymentState
    let policy: String
    let liveRequests: Int
    /// By instance, as its engine was measured last; nil: it has none, or was not measured.
    let measured: [Bytes?]
    /// nil where no model has an upstream.
    let cloud: Cloud?

    struct Cloud: Sendable {
        let view: CloudView
        let budget: Spending.Budget
    }

    /// Copies nothing but references and a figure an instance. O(instances).
    init(_ coordinator: isolated Coordinator) {
        let now = coordinator.now
        edge = coordinator.edge.at(now)
        deployment = coordinator.deployment.state
        policy = coordinator.driver.policy.name
        liveRequests = coordinator.liveRequests
        measured = coordinator.engines.lives.map { $0.memory.life?.last }
        let clouds = coordinator.upstreams.clouds
        cloud =
            deployment.models.contains { !$0.clouds.isEmpty }
            ? Cloud(view: clouds.view(at: now), budget: clouds.totalBudget) : nil
    }
}
