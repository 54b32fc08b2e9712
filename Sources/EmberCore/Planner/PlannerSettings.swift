/// The bounds within which the planner decides. In a log, those of its parts are members of one object.
public struct PlannerSettings: Hashable, Sendable {
    /// Memory for all instances, resident, loading and leaving, by device.
    public var devices: [Bytes]
    public var queue = QueueSettings()
    public var failures = FailureSettings()
    public var energy = EnergyBound()
    public var retention = ContextRetention.lost
    public var time = TimeModel.continuous
    /// What seconds and money are worth; nil: costs are as declared. Not used in slots.
    public var weights: CostWeights?
    /// Whether a request that is expected to wait for longer than it may is turned away at once. Not used in slots.
    public var refusesHopeless = false
    /// Delay after a request before the planner considers a load ahead of requests; nil: never. Not used in slots.
    public var prefetchSeconds: Double?
    /// Whether `Planning.takeDecisions` lists the candidates of each admission (costs time and memory).
    public var recordsDecisions = false

    public init(budget: Bytes) { devices = [budget] }

    /// G: the memory of all devices together. To set it makes one device of them.
    public var budget: Bytes {
        get { devices.reduce(.zero) { $0 + $1 } }
        set { devices = [newValue] }
    }
}

/// How requests wait for their models.
public struct QueueSettings: Hashable, Codable, Sendable {
    /// Requests that may wait in all.
    public var limit = 256
    /// Requests that may wait for one instance.
    public var limitPerInstance = 128
    /// A request that has waited for this long is offloaded or rejected.
    public var maxWaitSeconds = 120.0
    /// A request that has waited for this long has busy residents drained for it, and no younger newcomer goes first.
    public var patienceSeconds = 5.0
    /// How long a policy's gate may hold back a request that the cloud cannot take.
    public var gateWaitSeconds = 0.0
    /// A loaded instance stays at least this many times as long as its load took, which bounds thrash:
    /// at 1, at most half of the time goes into loading.
    public var residencyPerLoad = 1.0

    public init() {}

    /// As logs name them.
    private enum CodingKeys: String, CodingKey {
        case limit = "queueLimit"
        case limitPerInstance = "queueLimitPerInstance"
        case maxWaitSeconds, patienceSeconds, gateWaitSeconds, residencyPerLoad
    }
}

/// What follows when an engine, or the cloud, fails.
public struct FailureSettings: Hashable, Codable, Sendable {
    /// How often a request is tried again after its engine, or the cloud, failed before the client saw anything.
    public var retryLimit = 1
    /// Failures in a row after which requests for the instance are refused until its next trial.
    public var failureLimit = 3
    /// Engines of an instance that may die in a row while they run requests, before that counts as a failure: until
    /// then the requests are suspected. nil: each death counts.
    public var deathLimit: Int?
    /// Wait before the next start after one failure; doubled with each further one.
    public var backoffSeconds = 0.5
    public var maxBackoffSeconds = 300.0
    /// Wait before the next start of an engine that was ended over the budget before it ran anything; doubled with each
    /// further one.
    public var overrunBackoffSeconds = 30.0
    public var maxOverrunBackoffSeconds = 3600.0

    public init() {}
}

/// Energy that the edge may take.
public struct EnergyBound: Hashable, Codable, Sendable {
    /// E, in joules: per slot, or in any window; nil: no bound.
    public var budget: Double?
    /// Not used in slots.
    public var windowSeconds = 60.0

    public init() {}

    /// As logs name them.
    private enum CodingKeys: String, CodingKey {
        case budget = "energyBudget"
        case windowSeconds = "energyWindowSeconds"
    }
}
