import EmberConfig
import EmberCore
import EmberHardware

extension PlannerSettings {
    /// The planner's bounds, with the memory budget in bytes.
    init(_ configuration: Configuration) throws(DeploymentError) {
        self.init(budget: try Self.budget(configuration.memory))
        let queue = configuration.queue
        queueLimit = queue.limit
        queueLimitPerInstance = queue.limitPerModel
        maxWaitSeconds = queue.maxWaitSeconds
        patienceSeconds = queue.patienceSeconds
        gateWaitSeconds = queue.gateWaitSeconds
        residencyPerLoad = queue.minResidency
        retention = configuration.context.retention ?? (configuration.usesDemonstrations ? .kept : .lost)
        weights = configuration.weights
        refusesHopeless = true
        deathLimit = 8
        prefetchSeconds = configuration.memory.prefetchSeconds
        energyBudget = configuration.energy.budgetJoules
        energyWindowSeconds = configuration.energy.windowSeconds
        recordsDecisions = true
    }

    private static func budget(_ memory: MemoryConfiguration) throws(DeploymentError) -> Bytes {
        do throws(MemoryBudgetError) { return Bytes(try memory.budget.budgetBytes(on: memory.device)) } catch {
            throw DeploymentError("memory.budget: \(error)")
        }
    }
}
