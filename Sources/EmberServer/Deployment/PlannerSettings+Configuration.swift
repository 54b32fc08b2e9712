import EmberConfig
import EmberCore
import EmberHardware

extension PlannerSettings {
    /// The planner's bounds, with the memory budget in bytes.
    init(
        _ configuration: Configuration, _ gpus: GPUBudgets, mounts: MountTable = .current
    ) throws(DeploymentError) {
        let planning = configuration.planning
        self.init(budget: .zero)
        if let budgets = gpus.devices {
            devices = budgets
        } else {
            devices = [try Self.budget(planning.memory, gpus, StateMemory(configuration.context, mounts))]
        }
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
        _ memory: MemoryConfiguration, _ gpus: GPUBudgets, _ states: StateMemory
    ) throws(DeploymentError) -> Bytes {
        if !memory.gpuBudgets.isEmpty, let only = gpus.gpus.first { return only.budget }
        let all: Int
        do throws(MemoryBudgetError) { all = try memory.budget.budgetBytes(on: memory.device) } catch {
            throw DeploymentError("memory.budget: \(error)")
        }
        guard memory.device == .ram, let folder = states.folder else { return Bytes(all) }
        guard all > states.bytes else {
            throw DeploymentError(
                "context.state_limit is \(Bytes(states.bytes).megabytes), and \(folder) is in memory (tmpfs): that "
                    + "leaves nothing of memory.budget, \(Bytes(all).megabytes); lower state_limit, or put state_dir "
                    + "on a disk")
        }
        return Bytes(all - states.bytes)
    }
}
