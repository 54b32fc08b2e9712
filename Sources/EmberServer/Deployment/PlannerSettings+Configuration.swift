import EmberConfig
import EmberCore
import EmberHardware

extension PlannerSettings {
    /// The planner's bounds, with the memory budget in bytes.
    init(_ configuration: Configuration, _ gpus: GPUBudgets) throws(DeploymentError) {
        let planning = configuration.planning
        self.init(budget: .zero)
        if let budgets = gpus.devices { devices = budgets } else { devices = [try Self.budget(planning.memory, gpus)] }
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

    private static func budget(
        _ memory: MemoryConfiguration, _ gpus: GPUBudgets
    ) throws(DeploymentError) -> Bytes {
        if !memory.gpuBudgets.isEmpty, let only = gpus.gpus.first { return only.budget }
        do throws(MemoryBudgetError) { return Bytes(try memory.budget.budgetBytes(on: memory.device)) } catch {
            throw DeploymentError("memory.budget: \(error)")
        }
    }
}
