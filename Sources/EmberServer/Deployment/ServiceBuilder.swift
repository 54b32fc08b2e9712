import EmberConfig
import EmberCore

/// The configured services, with their demonstrations and with what they may spend.
struct ServiceBuilder: Sendable {
    private let configuration: Configuration
    private let places: ModelPlaces

    init(_ configuration: Configuration, _ places: ModelPlaces) {
        (self.configuration, self.places) = (configuration, places)
    }

    var specs: [ServiceSpec] { configuration.access.services.map(spec) }
    var contexts: [ServiceContext] { configuration.access.services.map(context) }
    var deadlines: [Double?] { configuration.access.services.map(\.deadlineSeconds) }

    private func spec(of service: ServiceConfiguration) -> ServiceSpec {
        ServiceSpec(
            name: service.name, vanishing: service.vanishingPerSecond,
            demonstrationTokens: Int(service.demonstrationTokens),
            standIns: service.standIns.compactMap { places.find($0) })
    }

    private func context(of service: ServiceConfiguration) -> ServiceContext {
        var context = ServiceContext()
        context.source =
            switch service.context {
            case .off: .off
            case .given: .given
            case .learn: .learn
            }
        context.selection = service.selection
        context.examples = service.examples
        context.leastQuality = service.taken.leastQuality
        context.learnsFrom = Set(service.taken.learnsFrom.map { $0 == .edge ? .edge : .cloud })
        context.keep = min(configuration.context.keep, service.keep ?? .unlimited)
        return context
    }

    /// Why demonstrations could not be compared; nil: they can be, or need not be.
    var embeddingProblem: String? {
        guard let name = configuration.context.embeddingModel,
            case .llamaServer(let engine) = configuration.models.first(where: { $0.name == name })?.engine,
            !engine.givesEmbeddings
        else { return nil }
        return "context.embedding_model: models.\(name) gives no embeddings; write embeddings: true there"
    }

    /// What may be spent in the cloud, and which services send nothing there.
    var budgets: CloudBudgets {
        var budgets = CloudBudgets()
        budgets.order = configuration.cloud.order
        budgets.limit(nil, day: configuration.cloud.budget.day, month: configuration.cloud.budget.month)
        for service in configuration.access.services {
            budgets.limit(service.name, day: service.budget.day, month: service.budget.month)
            if service.isLocalOnly { budgets.keepLocal(service.name) }
        }
        return budgets
    }
}
