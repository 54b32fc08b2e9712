import EmberCore

/// The file's top level as it was read: paths unresolved, references unchecked.
struct ServerDraft: Sendable {
    var network = NetworkConfiguration()
    var bodies = BodyConfiguration()
    var files = FileDraft()
    var planning = PlanningConfiguration()
    var cloud = UpstreamsDraft()
    var events = EventsConfiguration()
    var metrics = MetricsConfiguration()
    var log = LogConfiguration()
    var context = ContextConfiguration()
    var access = AccessDraft()
    var defaults = ModelDraft()
    var models: [ModelDraft] = []
}

struct FileDraft: Sendable {
    var llamaServer: String?
    var modelsFolder: String?
}

struct UpstreamsDraft: Sendable {
    var upstreams: [UpstreamDraft] = []
    var order = UpstreamOrder.listed
    var budget = CloudBudgetConfiguration()
}

struct AccessDraft: Sendable {
    var services: [ServiceConfiguration] = []
    var defaultService = "default"
    var keys: [KeyDraft] = []
}

struct KeyDraft: Sendable {
    var key: Secret?
    var keyFile: String?
    var name: String?
    var service: String?
    var tenant: String?
    var keep: StateKeep?
}

struct UpstreamDraft: Sendable {
    var name = ""
    var url: String?
    var key: Secret?
    var keyFile: String?
    var prices = PriceConfiguration()
    var timeoutSeconds = 300.0
    var hedgeSeconds: Double?
    var proxy: Secret?
    var certificateFile: String?
}
