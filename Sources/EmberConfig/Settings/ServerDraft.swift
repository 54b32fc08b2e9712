import EmberCore

/// The file's top level as it was read: paths unresolved, references unchecked.
struct ServerDraft: Sendable {
    var listen = ListenAddress.tcp(host: "127.0.0.1", port: 11_500)
    var allowsUnauthenticated = false
    var allowedHosts: [HostPattern] = []
    var cors = CORSConfiguration()
    var connections = ConnectionsConfiguration()
    var llamaServer: String?
    var modelsFolder: String?
    var maxBodyBytes = 32 * 1_048_576
    var bodyMaxima = BodyMaxima()
    var bodies = BodiesConfiguration()
    var drainTimeoutSeconds = 30.0
    var pingIntervalSeconds = 5.0
    var policy = "least-context-gated"
    var seed: UInt64 = 1
    var memory = MemoryConfiguration()
    var queue = QueueConfiguration()
    var events = EventsConfiguration()
    var budget = CloudBudgetConfiguration()
    var upstreamOrder = UpstreamOrder.listed
    var weights = CostWeights()
    var energy = EnergyConfiguration()
    var context = ContextConfiguration()
    var services: [ServiceConfiguration] = []
    var defaultService = "default"
    var keys: [KeyDraft] = []
    var upstreams: [UpstreamDraft] = []
    var defaults = ModelDraft()
    var models: [ModelDraft] = []
}

struct KeyDraft: Sendable {
    var key: Secret?
    var keyFile: String?
    var name: String?
    var service: String?
    var tenant: String?
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
