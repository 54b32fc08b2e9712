/// What a recorded run of events was decided with: enough to make the very same planner again. The first line of a log.
public struct RecordedSetting: Codable, Sendable {
    /// Of the form of events and effects: a log of another version is not replayed.
    public static let currentVersion = 9

    public var version = currentVersion
    /// Which part of the run the log has, from 1. The second line of a later one is the planner as it was then.
    public var part = 1
    /// Of the run's beginning, as `PolicyCatalog.entry` takes it, parameters included.
    public var policy: String
    public var seed: UInt64
    public var models: [ModelSpec]
    public var services: [ServiceSpec]
    public var sharing: Sharing
    public var settings: PlannerSettings
    /// When the run began, in seconds since 1970: the planner's time zero.
    public var began: Double

    public init(policy: String, seed: UInt64, catalogue: Catalogue, settings: PlannerSettings, began: Double) {
        self.policy = policy
        self.seed = seed
        models = catalogue.models
        services = catalogue.services
        sharing = catalogue.sharing
        self.settings = settings
        self.began = began
    }

    public var catalogue: Catalogue { Catalogue(models: models, services: services, sharing: sharing) }

    /// The planner as it was before the first event.
    public func planner() throws(PolicyError) -> SwitchingPlanner {
        try SwitchingPlanner(policy: policy, catalogue: catalogue, settings: settings, seed: seed)
    }
}
