public import EmberConfig
public import Hummingbird

/// What is known of a request beside its head and body.
public struct EmberRequestContext: RequestContext {
    public var coreContext: CoreRequestContextStorage
    /// Who asks; set by `Authentication`.
    public var identity = Identity.anonymous
    /// Set by `FrontDoor` where the request's target is understood as no path.
    var refusedTarget: RefusedTarget?
    /// What the access log will say of it; nil: nothing.
    var access: AccessNote?

    public init(source: Source) {
        coreContext = .init(source: source)
    }
}

/// Who a request comes from.
public struct Identity: Sendable, Equatable {
    /// The key's name; nil where no keys are configured.
    public var name: String?
    /// The service of requests that name none; nil: the deployment's default.
    public var service: String?
    /// Whose demonstrations are used; empty where no keys are configured.
    public var tenant = ""
    /// By which the planner tells tenants apart.
    public var tenantNumber = 0
    /// How long saved KV states of its requests stay, at most.
    public var keep = StateKeep.unlimited

    public static let anonymous = Identity()
}
