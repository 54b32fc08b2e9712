/// The saving of keeping an instance resident, per period: v = arrival rate x saving of an edge request.
///
/// The saving is taken at the Age of Context projected half a look-ahead ahead, at the present arrival rate.
/// `RequestClock` defines the period.
struct ResidencyValue: Codable, Sendable {
    private struct Latest: Codable {
        let instance: InstanceID
        let count: Int
        let at: Time
    }

    /// In periods.
    private let lookAhead: Double
    /// Whether requests of the present instant count.
    private let countsPresent: Bool
    private let ingredients: ResidencyIngredients
    private var instances: Double
    private let clock: RequestClock
    private var rates: ArrivalRates
    private var steps = StepTimes()
    private(set) var evictions = EvictionPace()
    /// Per instance, the mean over the services it serves: the window in examples, and Delta per second or slot.
    private var windows: [Double] = []
    private var vanishing: [Double] = []

    /// By model: the accuracy at whatever Age of Context it is the least.
    private var leastAccuracies: [Double] = []
    /// The requests that came last.
    private var latest: Latest?

    /// The policies' parameter of the clock.
    static let period = PolicyParameter(
        "period", 0, in: 0...1_000_000,
        "Requests in a period of continuous time; below 1: by the number of instances")

    /// - Parameters:
    ///   - weights: of the last period in the arrival rates (`ArrivalRates`).
    ///   - requestsPerInstance: in a period of continuous time, unless the parameter is given.
    ///   - values: with `period` and the ingredients.
    init(
        lookAhead: Double, weights: [Double], countsPresent: Bool = false, requestsPerInstance: Double = 1,
        _ values: PolicyValues, catalogue: Catalogue
    ) {
        self.lookAhead = lookAhead
        self.countsPresent = countsPresent
        ingredients = ResidencyIngredients(values)
        instances = Double(catalogue.instanceCount)
        let period = values[Self.period.name]
        clock = RequestClock(requestsPerPeriod: period < 1 ? requestsPerInstance * instances : period)
        // One more, for the requests of all together.
        rates = ArrivalRates(weights: weights, instances: catalogue.instanceCount + 1)
        read(catalogue)
    }

    /// The catalogue changes. The period stays: a clock must not jump.
    mutating func move(_ map: CatalogueMap) {
        instances = Double(map.new.instanceCount)
        rates.move(map)
        latest = latest.flatMap { last in
            map[last.instance].map { Latest(instance: $0, count: last.count, at: last.at) }
        }
        read(map.new)
    }

    private mutating func read(_ catalogue: Catalogue) {
        let instances = (0..<catalogue.instanceCount).map { InstanceID($0) }
        windows = instances.map { instance in
            Self.mean(catalogue.services(of: instance)) {
                catalogue.windowExamples(of: catalogue.pair(ServiceID($0), catalogue.model(of: instance)))
            }
        }
        vanishing = instances.map { instance in
            Self.mean(catalogue.services(of: instance)) { catalogue[ServiceID($0)].vanishing }
        }
        leastAccuracies = catalogue.models.indices.map { model in
            let window =
                catalogue.services.indices.map {
                    catalogue.windowExamples(of: catalogue.pair(ServiceID($0), ModelID(model)))
                }.max() ?? 0
            return catalogue.models[model].accuracy.leastAccuracy(upTo: window)
        }
    }

    @inline(__always)
    mutating func count(_ requests: Int, of instance: InstanceID, in edge: EdgeState) {
        enterStep(edge)
        rates.count(requests, of: ingredients.hasRates ? instance : all)
        latest = Latest(instance: instance, count: requests, at: edge.now)
    }

    /// v, in cost per period.
    mutating func value(of instance: InstanceID, in edge: EdgeState) -> Double {
        prospect(of: instance, in: edge).value
    }

    /// v / bytes: the order of eviction.
    mutating func density(of instance: InstanceID, in edge: EdgeState) -> Double {
        value(of: instance, in: edge) / size(of: instance, edge)
    }

    var scoresPerByte: Bool { ingredients.hasSizes }

    private func size(of instance: InstanceID, _ edge: EdgeState) -> Double {
        ingredients.hasSizes ? Double(max(1, edge[instance].footprint.count)) : 1
    }

    /// All instances' requests together count as those of one more instance.
    private var all: InstanceID { InstanceID(Int(instances)) }

    /// How fast a density can fall: as fast as the shortest memory fades.
    func fall(in time: TimeModel) -> ScoreFall? {
        guard ingredients.hasRates else { return nil }
        return .halving(perStep: rates.fastestFading(stepsPerPeriod: clock.stepsPerPeriod(time)), clock)
    }

    /// A lower bound of the density from now on, before rates fade: at the context that saves the least.
    mutating func leastDensity(of instance: InstanceID, in edge: EdgeState) -> Double {
        enterStep(edge)
        let model = edge[instance].model
        let saving = edge.catalogue[model].saving(accuracy: leastAccuracies[model.index])
        guard saving > 0 else { return 0 }
        let rate = rates.lowestRate(of: instance, countsPresent: countsPresent)
        return rate * saving / size(of: instance, edge)
    }

    mutating func value(of instances: [InstanceID], in edge: EdgeState) -> Double {
        var sum = 0.0
        for instance in instances { sum += value(of: instance, in: edge) }
        return sum
    }

    /// The saving of the present requests at the edge, at the present context.
    func savingNow(of instance: InstanceID, in edge: EdgeState) -> Double {
        presentRequests(of: instance, edge)
            * edge.saving(of: edge[instance].model, kappa: edge.ageOfContext(of: instance))
    }

    /// v, plus the saving of the present requests at the projected context.
    mutating func prospect(of instance: InstanceID, in edge: EdgeState) -> (value: Double, savingNow: Double) {
        let rate = rate(of: instance, edge)
        let saving = edge.saving(of: edge[instance].model, kappa: projectedAge(of: instance, rate, edge))
        return (rate * saving, presentRequests(of: instance, edge) * saving)
    }

    private func presentRequests(of instance: InstanceID, _ edge: EdgeState) -> Double {
        guard let latest, latest.instance == instance, latest.at == edge.now else { return 0 }
        return Double(latest.count)
    }

    mutating func didEvict(in edge: EdgeState) { evictions.didEvict(at: now(edge)) }

    func loadCost(of instance: InstanceID, in edge: EdgeState) -> Double {
        edge.catalogue[edge[instance].model].loadCost
    }

    /// The victims that are needed to free enough memory: of the others, those of the highest value stay.
    mutating func needed(of victims: [InstanceID], freeing missing: Bytes, in edge: EdgeState) -> [InstanceID] {
        guard victims.count > 1 else { return victims }
        var spare = victims.reduce(.zero) { $0 + edge[$1].footprint } - missing
        guard victims.contains(where: { edge[$0].footprint <= spare }) else { return victims }
        var values: [(value: Double, instance: InstanceID)] = []
        for victim in victims { values.append((value(of: victim, in: edge), victim)) }
        var needed = victims
        for (_, victim) in values.sorted(by: { ($0.value, $1.instance) > ($1.value, $0.instance) })
        where edge[victim].footprint <= spare {
            spare -= edge[victim].footprint
            needed.removeAll { $0 == victim }
        }
        return needed
    }

    /// The clock of rates, in periods.
    func now(_ edge: EdgeState) -> Double { clock.step(edge) / clock.stepsPerPeriod(edge.settings.time) }

    @inline(__always)
    private mutating func enterStep(_ edge: EdgeState) {
        let step = clock.step(edge)
        steps.enter(step, at: edge.now)
        rates.advance(to: step, stepsPerPeriod: clock.stepsPerPeriod(edge.settings.time))
    }

    /// Requests per period.
    mutating func rate(of instance: InstanceID, _ edge: EdgeState) -> Double {
        enterStep(edge)
        guard ingredients.hasRates else {
            return (countsPresent ? rates.rate(of: all) : rates.rateBefore(of: all)) / instances
        }
        return countsPresent ? rates.rate(of: instance) : rates.rateBefore(of: instance)
    }

    /// Kappa half a look-ahead on, at that rate.
    func projectedAge(of instance: InstanceID, _ rate: Double, _ edge: EdgeState) -> Double {
        guard ingredients.hasContext else { return 0 }
        let time = edge.settings.time
        let perPeriod = time.fadingsPerPeriod(
            secondsPerStep: steps.seconds, stepsPerPeriod: clock.stepsPerPeriod(time))
        let growth = (rate - vanishing[instance.index] * perPeriod) * lookAhead / 2
        return min(windows[instance.index], max(0, edge.ageOfContext(of: instance, at: steps.began) + growth))
    }

    private static func mean(_ services: Range<Int>, _ value: (Int) -> Double) -> Double {
        services.reduce(0) { $0 + value($1) } / Double(services.count)
    }
}

/// The ingredients of a value of residency; leaving one out shows its worth.
struct ResidencyIngredients: Codable, Sendable {
    let hasContext: Bool
    let hasSizes: Bool
    let hasRates: Bool

    init(_ values: PolicyValues) {
        hasContext = values.has("context")
        hasSizes = values.has("sizes")
        hasRates = values.has("rates")
    }
}
