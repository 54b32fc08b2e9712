/// Regret and forecast: a load is bought when what it will save, and a share of what has been lost without it, pay for it.
///
/// The forecast is what the newcomer will save over the horizon more than its victims (`ResidencyValue`), at arrival
/// rates that are the mean over four memories, from a few periods to many: quick to see a change and steady where there
/// is none. The `Regret` of an absent instance is the ski rental's credit, and speaks where the forecast is too timid.
/// Residents go by their value per byte; those not needed to make room stay.
///
/// Ours. The constants were chosen on the workload families `stationary`, `drift`, `bursty` and `adversarial`
/// (docs/policies.md says how, and what it comes to elsewhere).
struct RegretAndForecast: Policy {
    /// In periods.
    private static let horizon = 36.0
    private static let lookAhead = 2.0
    private static let weights = [0.02, 0.06, 0.18, 0.54]
    private static let shareOfRegret = 0.3
    private var worth: ResidencyValue
    private var regret: Regret

    init(catalogue: Catalogue) {
        worth = ResidencyValue(
            lookAhead: Self.lookAhead, weights: Self.weights, countsPresent: true, catalogue: catalogue)
        regret = Regret(instances: catalogue.instanceCount)
    }

    mutating func didRequest(_ instance: InstanceID, count: Int, in edge: EdgeState) {
        worth.count(count, of: instance, in: edge)
    }

    mutating func score(of resident: InstanceID, in edge: EdgeState) -> Double { worth.density(of: resident, in: edge) }

    func fall(in time: TimeModel) -> ScoreFall? { worth.fall(in: time) }

    mutating func bound(of resident: InstanceID, in edge: EdgeState) -> Double {
        worth.leastDensity(of: resident, in: edge)
    }

    mutating func needed(of victims: [InstanceID], freeing missing: Bytes, in edge: EdgeState) -> [InstanceID] {
        worth.needed(of: victims, freeing: missing, in: edge)
    }

    /// A newcomer that would not pay for its load if its victims were worth nothing needs no victims to be found; its regret
    /// is worked out when that is no longer sure.
    mutating func mayAdmit(_ newcomer: InstanceID, in edge: EdgeState) -> Bool {
        let most = regret.forgo(worth.projectedSavingNow(of: newcomer, in: edge), of: newcomer)
        return pays(for: newcomer, most, 0, edge)
    }

    private mutating func pays(
        for newcomer: InstanceID, _ regret: Double, _ displaced: Double, _ edge: EdgeState
    ) -> Bool {
        let forecast = Self.horizon * (worth.value(of: newcomer, in: edge) - displaced)
        return Self.shareOfRegret * regret + forecast >= worth.loadCost(of: newcomer, in: edge)
    }

    mutating func admits(_ newcomer: InstanceID, replacing victims: [InstanceID], in edge: EdgeState) -> Bool {
        let displaced = worth.value(of: victims, in: edge)
        return pays(for: newcomer, regret.workOut(newcomer, displaced: displaced, in: edge), displaced, edge)
    }

    mutating func didLoad(_ instance: InstanceID, in edge: EdgeState) { regret.didLoad(instance) }

    mutating func didEvict(_ instance: InstanceID, in edge: EdgeState) { regret.didEvict(instance, in: edge) }
}
