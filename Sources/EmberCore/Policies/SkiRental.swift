/// Ski rental: a load is bought once as much has been lost by renting from the cloud as half of it costs.
///
/// Each absent instance has a credit: its `Regret`, at the projected context. Literature gives such rules competitive
/// ratios (Karlin et al. 1988); none is claimed for this one. Share, look-ahead and weight were found with a prototype.
struct SkiRental: ValuePolicy {
    static let parameters = [
        PolicyParameter("share", 0.5, in: 0...1000, "b: the share of the load's cost at which it is bought"),
        PolicyParameter("look_ahead", 25, in: 0...100_000, "Periods to whose half context is projected"),
        PolicyParameter("weight", 0.08, in: 0.000_1...0.999, "Of the last period in arrival rates"),
        ResidencyValue.period,
        .ingredient("context", "Whether context counts"), .ingredient("sizes", "Whether memory counts"),
        .ingredient("rates", "Whether instances' own arrival rates count, or all have the mean"),
    ]

    private let share: Double
    var worth: ResidencyValue
    private var regret: Regret

    init(catalogue: Catalogue, _ values: PolicyValues = PolicyValues(Self.parameters)) {
        share = values["share"]
        worth = ResidencyValue(
            lookAhead: values["look_ahead"], weights: [values["weight"]], values, catalogue: catalogue)
        regret = Regret(instances: catalogue.instanceCount)
    }

    mutating func admits(_ newcomer: InstanceID, replacing victims: [InstanceID], in edge: EdgeState) -> Bool {
        _ = regret.forgo(worth.prospect(of: newcomer, in: edge).savingNow, of: newcomer)
        let credit = regret.workOut(newcomer, displaced: worth.value(of: victims, in: edge), at: worth.now(edge))
        return credit >= share * worth.loadCost(of: newcomer, in: edge)
    }

    mutating func didChange(_ map: CatalogueMap, in edge: EdgeState) {
        worth.move(map)
        regret.move(map, at: worth.now(edge))
    }

    mutating func didLoad(_ instance: InstanceID, in edge: EdgeState) { regret.didLoad(instance) }

    mutating func didEvict(_ instance: InstanceID, in edge: EdgeState) {
        regret.didEvict(instance, at: worth.now(edge))
    }
}
