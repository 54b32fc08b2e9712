/// Whose demonstrations are meant, of which service, and for which model.
public struct DemonstrationScope: Hashable, Sendable {
    /// The name of the access key; empty on a server without keys. Another tenant's demonstrations are out of reach.
    public let tenant: String
    public let service: String
    /// The demonstrations that this model may use: its own and those of every model. Nil: all of the service.
    public let model: String?

    public init(tenant: String, service: String, model: String? = nil) {
        self.tenant = tenant
        self.service = service
        self.model = model
    }

    func holds(_ demonstration: Demonstration) -> Bool {
        demonstration.tenant == tenant && demonstration.service == service
            && (model == nil || demonstration.model == nil || demonstration.model == model)
    }
}
