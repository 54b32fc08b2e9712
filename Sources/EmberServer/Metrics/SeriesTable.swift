import CoreMetrics
import EmberConfig
import EmberCore
import EmberMetrics

/// The series that requests have added to so far, found by integers.
struct SeriesTable {
    /// What arriving requests of a model add to.
    struct Model {
        let hits: Counter
        let misses: Counter
        let wait: Recorder
    }

    private let registry: MetricRegistry
    private let settings: MetricsConfiguration
    /// By id; ids mean something else after a reload.
    private var models: [Model?] = []
    private var requests: [RequestSeries.Key: RequestSeries] = [:]
    private var tenants: [AskerSeries] = []
    private var keys: [AskerSeries] = []
    private var upstreams: [String] = []
    private var reasons: [String] = []

    init(_ registry: MetricRegistry, _ settings: MetricsConfiguration) {
        (self.registry, self.settings) = (registry, settings)
    }

    /// The configuration has changed. What was counted stays in the registry.
    mutating func forgetIDs() {
        models = []
        requests = [:]
    }

    mutating func model(_ id: ModelID, _ deployment: Deployment) -> Model {
        while models.count <= id.index { models.append(nil) }
        if let known = models[id.index] { return known }
        let name = deployment[id].name
        let model = Model(
            hits: registry.counter(ModelFamilies.hits, name), misses: registry.counter(ModelFamilies.misses, name),
            wait: registry.histogram(RequestFamilies.wait, name))
        models[id.index] = model
        return model
    }

    mutating func series(
        of request: RequestLife, _ kind: RequestKind, _ end: RequestEnd, _ deployment: Deployment
    ) -> RequestSeries {
        let upstream = request.isOffloaded ? request.cloud.reservation?.target.upstream.name : nil
        let key = RequestSeries.Key(
            kind: kind, service: request.service, model: request.model,
            answering: end.outcome == .answered ? request.server ?? request.model : nil,
            upstream: upstream.map { Self.place(of: $0, in: &upstreams) }, outcome: end.outcome,
            reason: Self.place(of: end.reason, in: &reasons))
        if let known = requests[key] { return known }
        let names = RequestSeries.Names(
            operation: kind.operationName, provider: upstream ?? "ember",
            service: deployment.catalogue[key.service].name, model: deployment[key.model].name,
            answering: key.answering.map { deployment[$0].name } ?? "",
            place: request.isOffloaded ? "cloud" : request.server == nil ? "none" : "edge",
            outcome: end.outcome.rawValue, reason: end.reason)
        let series = RequestSeries(names, isAnswered: end.outcome == .answered, registry)
        requests[key] = series
        return series
    }

    /// What is counted by tenant and by key, where that is switched on.
    mutating func askers(_ figures: RequestFigures) -> [AskerSeries] {
        var found: [AskerSeries] = []
        if settings.byTenant, !figures.tenant.isEmpty {
            found.append(Self.asker(figures.tenant, .tenant, in: &tenants, registry))
        }
        if settings.byKey, !figures.key.isEmpty {
            found.append(Self.asker(figures.key, .key, in: &keys, registry))
        }
        return found
    }

    private static func asker(
        _ name: String, _ families: AskerSeries.Families, in known: inout [AskerSeries], _ registry: MetricRegistry
    ) -> AskerSeries {
        if let place = known.firstIndex(where: { $0.name == name }) { return known[place] }
        let series = AskerSeries(name, families, registry)
        known.append(series)
        return series
    }

    private static let mostNames = 64

    /// Lists are short: upstreams are configured, and reasons are codes. Codes of upstreams may be any: the last ones
    /// have one place.
    private static func place(of name: String, in names: inout [String]) -> Int {
        if let place = names.firstIndex(of: name) { return place }
        guard names.count < mostNames else { return mostNames }
        names.append(name)
        return names.count - 1
    }
}
