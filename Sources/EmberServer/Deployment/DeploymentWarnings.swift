public import EmberConfig
public import EmberCore
import EmberHardware

/// What an operator should know of a deployment that is served all the same.
public struct DeploymentWarnings {
    private let deployment: Deployment
    private let budget: Bytes
    private let device: MemoryDevice
    private let machineBytes: Int?
    private let uncounted: [String]

    public init(_ deployment: Deployment, _ settings: PlannerSettings, _ configuration: Configuration) {
        let device = configuration.planning.memory.device
        let total =
            switch device {
            case .ram: SystemMemory.current()?.totalBytes
            case .gpu: try? NVML().memory().totalBytes
            }
        self.init(
            deployment, budget: settings.budget, device: device, machineBytes: total,
            uncounted: configuration.uncountedUpstreams)
    }

    /// - Parameter machineBytes: what the machine has; nil: not known.
    init(
        _ deployment: Deployment, budget: Bytes, device: MemoryDevice, machineBytes: Int?, uncounted: [String] = []
    ) {
        self.uncounted = uncounted
        self.deployment = deployment
        self.budget = budget
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
    public var bounds: [String] { [machine, pins, money].compactMap(\.self) + neverFitting }

    private var machine: String? {
        guard let machineBytes, budget.count > machineBytes else { return nil }
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
        deployment.models.filter { $0.engine != nil && !$0.fits(budget) }.map {
            "model \($0.name) can never fit: \($0.footprint.arithmetic), the budget is \(budget.megabytes); "
                + "raise memory.budget or lower its context"
        }
    }
}
