import EmberConfig
import EmberCore
import EmberHardware

extension PlannerSettings {
    /// The planner's bounds, with the memory budget in bytes.
    init(_ configuration: Configuration) throws(DeploymentError) {
        let planning = configuration.planning
        self.init(budget: try Self.budget(planning.memory))
        queue = planning.queue
        retention = configuration.context.retention ?? (configuration.usesDemonstrations ? .kept : .lost)
        weights = planning.weights
        refusesHopeless = true
        failures.deathLimit = 8
        prefetchSeconds = planning.memory.prefetchSeconds
        energy.budget = planning.energy.budgetJoules
        energy.windowSeconds = planning.energy.windowSeconds
        recordsDecisions = true
    }

    static func budget(_ memory: MemoryConfiguration) throws(DeploymentError) -> Bytes {
        do throws(MemoryBudgetError) { return Bytes(try memory.budget.budgetBytes(on: memory.device)) } catch {
            throw DeploymentError("memory.budget: \(error)")
        }
    }
}
