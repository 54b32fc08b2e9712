public import EmberCore

/// The cloud, and what may be spent there.
public struct CloudConfiguration: Sendable, Equatable {
    public var upstreams: [UpstreamConfiguration]
    /// Which of a model's upstreams is asked first.
    public var order: UpstreamOrder
    /// Of all services together.
    public var budget: CloudBudgetConfiguration
}

/// Which of a model's upstreams is asked first.
public enum UpstreamOrder: String, Sendable, CaseIterable {
    /// As they are listed.
    case listed
    /// By what the request can cost there at most.
    case cheapest
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
