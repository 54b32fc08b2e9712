/// The operator's settings of the server, checked and with all defaults filled in.
public struct Configuration: Sendable, Equatable {
    public var network: NetworkConfiguration
    public var bodies: BodyConfiguration
    public var files: FileConfiguration
    public var planning: PlanningConfiguration
    public var cloud: CloudConfiguration
    public var events: EventsConfiguration
    public var metrics: MetricsConfiguration
    public var log: LogConfiguration
    public var context: ContextConfiguration
    public var access: AccessConfiguration
    /// In the order of the file; never empty.
    public var models: [ModelConfiguration]

    /// Upstreams that requests may go to and that no budget counts, as they have no prices.
    public var uncountedUpstreams: [String] {
        guard cloud.budget.isSet || access.services.contains(where: { $0.budget.isSet }) else { return [] }
        let used = Set(models.flatMap(\.upstreams))
        return cloud.upstreams.filter { used.contains($0.name) && !$0.hasPrices }.map(\.name)
    }

    /// Whether any service has demonstrations.
    public var usesDemonstrations: Bool { access.services.contains { $0.context != .off } }
}

/// Programs and folders on this machine.
public struct FileConfiguration: Sendable, Equatable {
    /// An absolute path; nil means: look for it.
    public var llamaServer: String?
    /// An absolute path.
    public var modelsFolder: String
}
