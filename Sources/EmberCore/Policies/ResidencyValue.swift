/// What keeping an instance resident will save, per period: v = arrival rate x saving of an edge request.
///
/// The saving is that at the Age of Context projected half a horizon ahead, at the present arrival rate. A period is
/// a slot or, in continuous time, a minute.
struct ResidencyValue: Sendable {
    /// The look-ahead, in periods.
    let horizon: Double
    private(set) var rates: ArrivalRates
    /// Per instance, the mean over the services it serves: the window in examples, and Delta per second or slot.
    private let windows: [Double]
    private let vanishing: [Double]

    private static let secondsPerPeriod = 60.0

    init(horizon: Double, weight: Double, catalogue: Catalogue) {
        self.horizon = horizon
        rates = ArrivalRates(weight: weight, instances: catalogue.instanceCount)
        let instances = (0..<catalogue.instanceCount).map { InstanceID($0) }
        windows = instances.map { instance in
            Self.mean(catalogue.services(of: instance)) {
                catalogue.windowExamples(of: catalogue.pair(ServiceID($0), catalogue.model(of: instance)))
            }
        }
        vanishing = instances.map { instance in
            Self.mean(catalogue.services(of: instance)) { catalogue[ServiceID($0)].vanishing }
        }
    }

    mutating func count(_ requests: Int, of instance: InstanceID, in edge: EdgeState) {
        rates.count(requests, of: instance, at: Self.now(edge))
    }

    /// v, in cost per period.
    func value(of instance: InstanceID, in edge: EdgeState) -> Double {
        let rate = rates.rate(of: instance, at: Self.now(edge))
        return rate * edge.saving(of: edge[instance].model, kappa: projectedAge(of: instance, rate, edge))
    }

    /// v / bytes: the order in which residents go.
    func density(of instance: InstanceID, in edge: EdgeState) -> Double {
        value(of: instance, in: edge) / Double(max(1, edge[instance].footprint.count))
    }

    func value(of instances: [InstanceID], in edge: EdgeState) -> Double {
        instances.reduce(0) { $0 + value(of: $1, in: edge) }
    }

    /// What the requests of this instant would save at the edge, at the context held now.
    func savingNow(of instance: InstanceID, in edge: EdgeState) -> Double {
        rates.current(of: instance, at: Self.now(edge))
            * edge.saving(of: edge[instance].model, kappa: edge.ageOfContext(of: instance))
    }

    /// The same at the projected context.
    func projectedSavingNow(of instance: InstanceID, in edge: EdgeState) -> Double {
        let now = Self.now(edge)
        let kappa = projectedAge(of: instance, rates.rate(of: instance, at: now), edge)
        return rates.current(of: instance, at: now) * edge.saving(of: edge[instance].model, kappa: kappa)
    }

    func loadCost(of instance: InstanceID, in edge: EdgeState) -> Double {
        let model = edge.catalogue[edge[instance].model]
        return model.costs.load.cost(of: model.residentBytes)
    }

    /// The planner's clock, in periods.
    static func now(_ edge: EdgeState) -> Double {
        edge.settings.time == .slots ? edge.now.seconds : edge.now.seconds / secondsPerPeriod
    }

    private func projectedAge(of instance: InstanceID, _ rate: Double, _ edge: EdgeState) -> Double {
        let perPeriod = edge.settings.time == .slots ? 1 : Self.secondsPerPeriod
        let growth = (rate - vanishing[instance.index] * perPeriod) * horizon / 2
        return min(windows[instance.index], max(0, edge.ageOfContext(of: instance) + growth))
    }

    private static func mean(_ services: Range<Int>, _ value: (Int) -> Double) -> Double {
        services.reduce(0) { $0 + value($1) } / Double(services.count)
    }
}
