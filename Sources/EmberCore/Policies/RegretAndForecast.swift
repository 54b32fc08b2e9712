/// Regret and forecast: a load is bought when what it will save, and a share of what has been lost without it, pay for
/// it.
///
/// The forecast is what the newcomer will save over the horizon more than its victims (`ResidencyValue`), at arrival
/// rates that are the mean over four memories, from a few periods to many: quick to see a change and steady where there
/// is none. The `Regret` of an absent instance is the ski rental's credit, and speaks where the forecast is too timid.
///
/// Ours. The constants were chosen on the workload families `stationary`, `drift`, `bursty` and `adversarial`
/// (docs/policies.md says how, and gives the results on other work).
struct RegretAndForecast: ValuePolicy {
    static let parameters = [
        PolicyParameter("horizon", 36, in: 0...100_000, "Periods over which savings are counted"),
        PolicyParameter("look_ahead", 2, in: 0...100_000, "Periods to whose half context is projected"),
        PolicyParameter("regret", 0.3, in: 0...1000, "The share of the regret that pays for a load"),
        PolicyParameter("memories", 4, in: 1...4, "Arrival rates whose mean is taken, from long to short"),
        PolicyParameter("long", 0.02, in: 0.000_1...0.999, "Of the last period in the rate of the longest memory"),
        PolicyParameter("short", 0.54, in: 0.000_1...0.999, "The same of the shortest; others lie between, by ratio"),
        .ingredient("present", "Whether requests that come right now count"),
        ResidencyValue.period,
        .ingredient("context", "Whether context counts"), .ingredient("sizes", "Whether memory counts"),
        .ingredient("rates", "Whether instances' own arrival rates count, or all have the mean"),
    ]

    private let horizon: Double
    private let shareOfRegret: Double
    var worth: ResidencyValue
    private var regret: Regret

    init(catalogue: Catalogue, _ values: PolicyValues = PolicyValues(Self.parameters)) {
        horizon = values["horizon"]
        shareOfRegret = values["regret"]
        worth = ResidencyValue(
            lookAhead: values["look_ahead"], weights: Self.weights(values), countsPresent: values.has("present"),
            // The shortest memory is of about two periods: with fewer requests, one that comes by chance is taken for a
            // trend.
            requestsPerInstance: 2, values, catalogue: catalogue)
        regret = Regret(instances: catalogue.instanceCount)
    }

    private static func weights(_ values: PolicyValues) -> [Double] {
        let (count, long, short) = (Int(values["memories"]), values["long"], values["short"])
        guard count > 1 else { return [long] }
        let ratio = halving(-binaryLogarithm(short / long) / Double(count - 1))
        return (0..<count).reduce(into: []) { weights, _ in weights.append((weights.last.map { $0 * ratio }) ?? long) }
    }

    /// A newcomer that would not pay for its load if its victims were worth nothing needs no victims to be found; its
    /// regret is worked out when that is no longer sure.
    mutating func mayAdmit(_ newcomer: InstanceID, in edge: EdgeState) -> Bool {
        let prospect = worth.prospect(of: newcomer, in: edge)
        return pays(for: newcomer, regret: regret.forgo(prospect.savingNow, of: newcomer), gain: prospect.value, edge)
    }

    /// - Parameter gain: what it will save per period more than its victims.
    private func pays(for newcomer: InstanceID, regret: Double, gain: Double, _ edge: EdgeState) -> Bool {
        shareOfRegret * regret + horizon * gain >= worth.loadCost(of: newcomer, in: edge)
    }

    mutating func admits(_ newcomer: InstanceID, replacing victims: [InstanceID], in edge: EdgeState) -> Bool {
        let displaced = worth.value(of: victims, in: edge)
        let gain = worth.value(of: newcomer, in: edge) - displaced
        return pays(
            for: newcomer, regret: regret.workOut(newcomer, displaced: displaced, at: worth.now(edge)), gain: gain, edge
        )
    }

    mutating func didChange(_ map: CatalogueMap, in edge: EdgeState) {
        worth.move(map)
        regret.move(map, at: worth.now(edge))
    }

    mutating func didLoad(_ instance: InstanceID, in edge: EdgeState) { regret.didLoad(instance) }

    mutating func didEvict(_ instance: InstanceID, in edge: EdgeState) {
        regret.didEvict(instance, at: worth.now(edge))
        worth.didEvict(in: edge)
    }

    mutating func prospect(of absent: InstanceID, replacing victims: [InstanceID], in edge: EdgeState) -> Double? {
        worth.prospect(of: absent, replacing: victims, periods: horizon, in: edge)
    }
}
