public import EmberCore

/// What the planner decides by.
public struct PlanningConfiguration: Sendable, Equatable {
    public var policy = "least-context-gated"
    public var seed: UInt64 = 1
    public var memory = MemoryConfiguration()
    public var queue = QueueSettings()
    /// What seconds and money are worth.
    public var weights = CostWeights()
    public var energy = EnergyConfiguration()

    public init() {}
}

/// How much memory models may use, and of which device.
public struct MemoryConfiguration: Sendable, Equatable {
    public var budget = MemoryBudget.share(0.6)
    public var device = MemoryDevice.ram
    /// What models may use of each GPU, by its number; empty: what `budget` says.
    public var gpuBudgets: [MemoryBudget] = []
    /// Delay after a request before the planner considers a load ahead of demand; nil: never.
    public var prefetchSeconds: Double? = 5

    public init() {}
}

/// Where it is known from what energy is taken.
public enum EnergySource: String, Sendable, CaseIterable {
    /// The machine's own counters, where they can be read.
    case auto
    /// The models' declared joules a token.
    case modelled
    /// The processor's packages alone.
    case rapl
}

/// Energy that the edge may take, and what it costs.
public struct EnergyConfiguration: Sendable, Equatable {
    /// In joules, in any `windowSeconds`; nil: no bound.
    public var budgetJoules: Double?
    public var windowSeconds = 60.0
    /// The cost of a joule.
    public var price = 0.0
    public var source = EnergySource.auto

    public init() {}
}
