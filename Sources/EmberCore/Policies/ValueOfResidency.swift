/// Value of residency: the resident that will save the least per byte goes first.
///
/// A newcomer is let in when what it saves now and over the horizon, less its load's cost, is more than what its
/// victims will save over the horizon (`ResidencyValue`). The horizon and the weight were found with a prototype.
struct ValueOfResidency: ValuePolicy {
    static let parameters = [
        PolicyParameter("horizon", 50, in: 0...100_000, "Periods over which savings are counted"),
        PolicyParameter("weight", 0.04, in: 0.000_1...0.999, "Of the last period in arrival rates"),
        ResidencyValue.period,
        .ingredient("context", "Whether context counts"), .ingredient("sizes", "Whether memory counts"),
        .ingredient("rates", "Whether instances' own arrival rates count, or all have the mean"),
    ]

    private let horizon: Double
    var worth: ResidencyValue

    init(catalogue: Catalogue, _ values: PolicyValues = PolicyValues(Self.parameters)) {
        horizon = values["horizon"]
        worth = ResidencyValue(
            lookAhead: horizon, weights: [values["weight"]], values, catalogue: catalogue)
    }

    mutating func admits(_ newcomer: InstanceID, replacing victims: [InstanceID], in edge: EdgeState) -> Bool {
        let gain = worth.savingNow(of: newcomer, in: edge) + horizon * worth.value(of: newcomer, in: edge)
        return gain - worth.loadCost(of: newcomer, in: edge) > horizon * worth.value(of: victims, in: edge)
    }

    mutating func didChange(_ map: CatalogueMap, in edge: EdgeState) { worth.move(map) }

    mutating func didEvict(_ instance: InstanceID, in edge: EdgeState) { worth.didEvict(in: edge) }

    mutating func prospect(of absent: InstanceID, replacing victims: [InstanceID], in edge: EdgeState) -> Double? {
        worth.prospect(of: absent, replacing: victims, periods: horizon, in: edge)
    }
}
