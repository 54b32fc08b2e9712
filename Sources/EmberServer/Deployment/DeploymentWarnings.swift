public import EmberConfig
public import EmberCore
import EmberHardware

/// What an operator should know of a deployment that is served all the same.
public struct DeploymentWarnings {
    private let deployment: Deployment
    /// By device.
    private let budgets: [Bytes]
    private let gpus: [GPUBudgets.GPU]
    private let device: MemoryDevice
    private let machineBytes: Int?
    private let uncounted: [String]

    public init(
        _ deployment: Deployment, _ settings: PlannerSettings, _ configuration: Configuration, _ gpus: GPUBudgets
    ) {
        let device = configuration.planning.memory.device
        let total =
            switch device {
            case .ram: SystemMemory.current()?.totalBytes
            case .gpu: gpus.gpus.isEmpty ? nil : gpus.gpus.reduce(0) { $0 + $1.total.count }
            }
        self.init(
            deployment, budgets: settings.devices, device: device, machineBytes: total, gpus: gpus.gpus,
            uncounted: configuration.uncountedUpstreams)
    }

    /// - Parameter machineBytes: what the machine has; nil: not known.
    init(
        _ deployment: Deployment, budgets: [Bytes], device: MemoryDevice, machineBytes: Int?,
        gpus: [GPUBudgets.GPU] = [], uncounted: [String] = []
    ) {
        self.uncounted = uncounted
        self.deployment = deployment
        self.budgets = budgets
        self.gpus = gpus
        self.device = device
        self.machineBytes = machineBytes
    }

    /// Models that cannot be loaded as their files are, with the reason.
    public var unusable: [String] {
        deployment.models.compactMap { model in model.problem.map { "models.\(model.name) cannot be loaded: \($0)" } }
    }

    /// Whether no model at all can answer now.
    public var isNothingServed: Bool { deployment.models.allSatisfy { $0.problem != nil && $0.clouds.isEmpty } }

    /// Bounds that do not hold what they seem to.
    public var bounds: [String] { [machine, pins, money].compactMap(\.self) + devices + neverFitting }

    private var budget: Bytes { budgets.reduce(.zero) { $0 + $1 } }

    /// GPUs of which more is budgeted than they can give, or which cannot be used at all.
    private var devices: [String] {
        guard budgets.count > 1 else { return [] }
        return gpus.enumerated().compactMap { index, gpu in
            if let problem = gpu.problem { return "GPU \(index) is not used: \(problem)" }
            guard gpu.budget > gpu.total - gpu.others else { return nil }
            return
                "the budget of GPU \(index) is \(gpu.budget.megabytes), and it has \(gpu.total.megabytes), of which "
                + "other programs held \(gpu.others.megabytes) at the start: loads on it may fail; lower "
                + "memory.gpu_budgets, or write a share such as 80%"
        }
    }

    private var machine: String? {
        guard budgets.count == 1, let machineBytes, budget.count > machineBytes else { return nil }
        let name = device == .gpu ? "its GPUs have" : "this machine has"
        return
            "memory.budget is \(budget.megabytes), and \(name) \(Bytes(machineBytes).megabytes): models within "
            + "the budget will be swapped, or killed by the system; lower it, or write a share such as 60%"
    }

    private var pins: String? {
        let pinned = deployment.models.filter { $0.spec.isPinned && $0.engine != nil && $0.spec.base == nil }
        let sum = pinned.reduce(Bytes.zero) { $0 + $1.expectedBytes }
        guard sum > budget else { return nil }
        return
            "the pinned models \(pinned.map(\.name).joined(separator: ", ")) take \(sum.megabytes) together, "
            + "and memory.budget is \(budget.megabytes): not all of them can be loaded, and no other model; "
            + "unpin some, or raise it"
    }

    private var money: String? {
        guard let first = uncounted.first else { return nil }
        return
            "budget does not count what \(uncounted.joined(separator: ", ")) costs: it has no prices; write "
            + "upstreams.\(first).prices (0 for what is free)"
    }

    private var neverFitting: [String] {
        let sizes = budgets.map(\.megabytes).joined(separator: " + ")
        return deployment.models.filter { $0.engine != nil && !$0.fits(budgets) }.map {
            "model \($0.name) can never fit: \($0.footprint.arithmetic), the budget is \(sizes); "
                + "raise memory.budget or lower its context"
        }
    }
}
