import EmberCore
import EmberMetrics

/// Writes what is read of models at a scrape. O(models x services).
struct ModelSamples {
    private typealias Families = StateFamilies

    private let registry: MetricRegistry
    private let snapshot: MetricsSnapshot
    private let models: [ModelID]
    /// By model, its label.
    private let labels: [LabelText]

    init(_ registry: MetricRegistry, _ snapshot: MetricsSnapshot) {
        self.registry = registry
        self.snapshot = snapshot
        models = Array(snapshot.deployment.modelIDs)
        labels = models.map { registry.labels(Families.footprint, snapshot.deployment[$0].name) }
    }

    private var edge: EdgeState { snapshot.edge }

    private func instance(of model: ModelID) -> InstanceID { snapshot.deployment.instance(of: model) }

    func write(to exposition: inout Exposition) {
        exposition.write(Families.state, models.flatMap(states))
        // A variant's memory is its base's.
        exposition.write(
            Families.footprint,
            samples { instance(of: $0).index == $0.index ? Double(edge[instance(of: $0)].footprint.count) : 0 })
        exposition.write(
            Families.measured,
            samples { model in
                let host = instance(of: model)
                return host.index == model.index ? snapshot.measured[host.index].map { Double($0.count) } : nil
            })
        exposition.write(Families.running, samples { Double(edge[instance(of: $0)].inFlight) })
        exposition.write(Families.modelWaiting, samples { Double(edge.waiting(for: instance(of: $0))) })
        exposition.write(Families.poolTokens, models.flatMap(pools))
        let pairs = contexts
        exposition.write(Families.age, pairs.map { ($0.labels, edge.ageOfContext(of: $0.pair)) })
        exposition.write(Families.held, pairs.map { ($0.labels, edge.heldExamples(of: $0.pair)) })
    }

    private func samples(_ value: (ModelID) -> Double?) -> StateSamples.Samples {
        zip(models, labels).compactMap { model, labels in value(model).map { (labels, $0) } }
    }

    private func states(of model: ModelID) -> StateSamples.Samples {
        let served = snapshot.deployment[model]
        let status = ModelStatus(
            edge[instance(of: model)], problem: served.problem, settings: edge.settings, now: edge.now)
        return ModelStatus.allCases.map {
            (registry.labels(Families.state, served.name, $0.rawValue), $0 == status ? 1 : 0)
        }
    }

    private func pools(of model: ModelID) -> StateSamples.Samples {
        guard let pool = edge[pool: instance(of: model)] else { return [] }
        let name = snapshot.deployment[model].name
        return [
            (registry.labels(Families.poolTokens, name, "reserved"), Double(pool.reserved)),
            (registry.labels(Families.poolTokens, name, "held"), Double(pool.held)),
        ]
    }

    /// Pairs that have a context.
    private var contexts: [(labels: LabelText, pair: PairID)] {
        models.flatMap { model in
            edge.catalogue.services.indices.compactMap { service in
                let pair = edge.catalogue.pair(ServiceID(service), model)
                guard edge.heldExamples(of: pair) > 0 else { return nil }
                let labels = registry.labels(
                    Families.age, edge.catalogue.services[service].name, snapshot.deployment[model].name)
                return (labels, pair)
            }
        }
    }
}
