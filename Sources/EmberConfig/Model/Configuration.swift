public import EmberCore

/// The operator's settings of the server, checked and with all defaults filled in.
public struct Configuration: Sendable, Equatable {
    public var listen: ListenAddress
    /// The operator accepts that anyone who reaches `listen` may use the server.
    public var allowsUnauthenticated: Bool
    /// Names by which requests without a key may call the server.
    public var allowedHosts: [HostPattern]
    public var cors: CORSConfiguration
    public var connections: ConnectionsConfiguration
    /// An absolute path; nil means: look for it.
    public var llamaServer: String?
    /// An absolute path.
    public var modelsFolder: String
    /// Larger request bodies are refused.
    public var maxBodyBytes: Int
    /// The same for single paths, where they differ.
    public var bodyMaxima: BodyMaxima
    public var bodies: BodiesConfiguration
    /// How long running requests may finish after SIGTERM.
    public var drainTimeoutSeconds: Double
    /// A stream that waits for its model gets a comment after this time of silence.
    public var pingIntervalSeconds: Double
    public var policy: String
    public var seed: UInt64
    public var memory: MemoryConfiguration
    public var queue: QueueConfiguration
    /// Of all services together.
    public var budget: CloudBudgetConfiguration
    /// Which of a model's upstreams is asked first.
    public var upstreamOrder: UpstreamOrder
    /// What seconds and money are worth.
    public var weights: CostWeights
    public var energy: EnergyConfiguration
    public var events: EventsConfiguration
    public var context: ContextConfiguration
    /// In the order of the file; "default" is always among them.
    public var services: [ServiceConfiguration]
    /// The name of the service of requests that name none.
    public var defaultService: String
    /// Empty means no authentication.
    public var keys: [KeyConfiguration]
    public var upstreams: [UpstreamConfiguration]
    /// In the order of the file; never empty.
    public var models: [ModelConfiguration]

    /// Upstreams that requests may go to and that no budget counts, as they have no prices.
    public var uncountedUpstreams: [String] {
        guard budget.isSet || services.contains(where: { $0.budget.isSet }) else { return [] }
        let used = Set(models.flatMap(\.upstreams))
        return upstreams.filter { used.contains($0.name) && !$0.hasPrices }.map(\.name)
    }

    /// What no request's body may exceed, whatever its path.
    public var largestBodyBytes: Int { bodyMaxima.byPath.values.reduce(maxBodyBytes, max) }

    /// Whether any service has demonstrations.
    public var usesDemonstrations: Bool { services.contains { $0.context != .off } }

    /// Names of those whose demonstrations and prompts are kept apart; one without a name where there are no keys.
    public var tenants: [String] { keys.isEmpty ? [""] : Set(keys.map(\.tenant)).sorted() }

    /// Whether Ember itself says on which slot of its engine a request runs: for prefixes that stay, and so that no
    /// tenant meets what another has left there.
    public var mindsSlots: Bool { usesDemonstrations || tenants.count > 1 }
}

/// How much memory models may use, and of which device.
public struct MemoryConfiguration: Sendable, Equatable {
    public var budget = MemoryBudget.share(0.6)
    public var device = MemoryDevice.ram
    /// Delay after a request before the planner considers a load ahead of demand; nil: never.
    public var prefetchSeconds: Double? = 5

    public init() {}
}

/// How requests wait for their models.
public struct QueueConfiguration: Sendable, Equatable {
    /// Waiting requests in all.
    public var limit = 256
    /// Waiting requests of one model.
    public var limitPerModel = 128
    /// The longest wait of a request; then it is refused.
    public var maxWaitSeconds = 120.0
    /// The wait after which busy residents are drained for a request.
    public var patienceSeconds = 5.0
    /// How long the policy's gate may hold back a request that the cloud cannot answer.
    public var gateWaitSeconds = 0.0
    /// A loaded model stays at least this many times as long as its load took.
    public var minResidency = 1.0

    public init() {}
}

/// Which of a model's upstreams is asked first.
public enum UpstreamOrder: String, Sendable, CaseIterable {
    /// As they are listed.
    case listed
    /// By what the request can cost there at most.
    case cheapest
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

/// A key with which requests authenticate.
public struct KeyConfiguration: Sendable, Equatable {
    public var key: Secret
    /// Who has it; the name of its tenant, where none is given. Unique.
    public var name: String
    /// The name of the service of requests with this key that name none; nil means the server's default service.
    public var service: String?
    /// Whose demonstrations its requests use; keys of one tenant share them.
    public var tenant: String
}

/// A server elsewhere that speaks the same protocol.
public struct UpstreamConfiguration: Sendable, Equatable {
    public var name: String
    /// The base of all its endpoints, usually ending in "/v1"; without a slash at the end.
    public var url: String
    public var key: Secret?
    public var prices: PriceConfiguration
    public var timeoutSeconds: Double
    /// Time without an answer after which an offloaded request also runs at the edge; nil: never.
    public var hedgeSeconds: Double?
    /// The address of the proxy to it, or "none"; nil: the environment's.
    public var proxy: Secret?
    /// A file with the certificates that it is known by; nil: the environment's.
    public var certificateFile: String?
}

extension UpstreamConfiguration {
    var hasPrices: Bool { prices.input != nil || prices.output != nil }
}
