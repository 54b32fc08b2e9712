public import EmberCore

/// One way to run a server: a policy, its memory, and what the cloud may take.
public struct PlanCase: Sendable, Equatable {
    public enum Cloud: Sendable, Equatable {
        /// As it is configured, or was when the log was written.
        case asItIs
        case none
        /// At most this much money, in all; requests that come afterwards stay at the edge.
        case limit(Double)
    }

    public var policy: SimulatedPolicy
    public var memory: Bytes
    public var cloud: Cloud

    public init(_ policy: SimulatedPolicy, _ memory: Bytes, _ cloud: Cloud = .asItIs) {
        (self.policy, self.memory, self.cloud) = (policy, memory, cloud)
    }

    public static func == (a: PlanCase, b: PlanCase) -> Bool {
        a.policy.name == b.policy.name && a.memory == b.memory && a.cloud == b.cloud
    }
}

/// What a case costs, and how its clients are served; means over the seeds.
public struct PlanRow: Codable, Sendable, Equatable {
    public enum Cloud: String, Codable, Sendable { case asItIs = "as_it_is", none, limit }

    public var policy: String
    public var memoryBytes: Int
    public var cloud: Cloud
    /// Money, in all.
    public var cloudLimit: Double?
    /// All terms, an hour.
    public var costPerHour: Double
    public var loadsPerHour: Double
    /// From a request's arrival until it runs.
    public var meanWaitSeconds: Double
    public var wait99Seconds: Double
    public var requests: Double
    public var refused: Double
    /// Of those that were served.
    public var cloudShare: Double
    /// Money.
    public var billPerDay: Double

    init(_ one: PlanCase, _ outcomes: [RunOutcome], seconds: Double) {
        func mean(_ measure: Measure) -> Double { outcomes.reduce(0) { $0 + $1[measure] } / Double(outcomes.count) }
        let hours = max(seconds, 1) / 3600
        (policy, memoryBytes) = (one.policy.name, one.memory.count)
        switch one.cloud {
        case .asItIs: cloud = .asItIs
        case .none: cloud = .none
        case .limit(let money): (cloud, cloudLimit) = (.limit, money)
        }
        costPerHour = mean(.systemCost) / hours
        loadsPerHour = mean(.loads) / hours
        (meanWaitSeconds, wait99Seconds) = (mean(.meanWait), mean(.wait99))
        (requests, refused) = (mean(.requests), mean(.rejectedRequests))
        cloudShare = requests > refused ? 1 - mean(.edgeRatio) : 0
        billPerDay = mean(.billed) / hours * 24
    }
}
