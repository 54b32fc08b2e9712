/// A planner whose policy can be changed while it runs: memory, queues, contexts and costs stay as they are.
public struct SwitchingPlanner: Planning, Codable {
    private var planner: any Planning
    /// As `PolicyCatalog.entry` takes it.
    public private(set) var policy: String

    public init(policy: String, catalogue: Catalogue, settings: PlannerSettings, seed: UInt64) throws(PolicyError) {
        planner = try PolicyCatalog.entry(policy).planner(for: catalogue, settings: settings, seed: seed)
        self.policy = policy
    }

    private enum CodingKeys: String, CodingKey { case policy, planner }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let policy = try container.decode(String.self, forKey: .policy)
        planner = try PolicyCatalog.entry(policy).planner(from: container.superDecoder(forKey: .planner))
        self.policy = policy
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(policy, forKey: .policy)
        try container.encode(planner, forKey: .planner)
    }

    public mutating func handle(_ event: Event, at now: Time, into effects: inout [Effect]) {
        if case .policyChanged(let policy, let seed) = event, let entry = try? PolicyCatalog.entry(policy) {
            planner = entry.planner(continuing: planner.state, seed: seed)
            self.policy = policy
        }
        planner.handle(event, at: now, into: &effects)
    }

    public var edge: EdgeState { _read { yield planner.edge } }
    public var nextWake: Time? { planner.nextWake }
    public var state: PlannerState { planner.state }
    public mutating func takeDecisions() -> [Decision] { planner.takeDecisions() }
    public func isLive(_ request: RequestID) -> Bool { planner.isLive(request) }
    public func brokenInvariants() -> [String] { planner.brokenInvariants() }
}
