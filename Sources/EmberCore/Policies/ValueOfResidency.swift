/// Value of residency: the resident that will save the least per byte goes first.
///
/// A newcomer is let in when what it saves now and over the horizon, less its load's cost, is more than what its
/// victims will save over the horizon (`ResidencyValue`). The horizon and the weight were found with a prototype.
struct ValueOfResidency: Policy {
    private static let horizon = 50.0
    private static let weight = 0.04
    private var worth: ResidencyValue

    init(catalogue: Catalogue) {
        worth = ResidencyValue(lookAhead: Self.horizon, weights: [Self.weight], catalogue: catalogue)
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

    mutating func admits(_ newcomer: InstanceID, replacing victims: [InstanceID], in edge: EdgeState) -> Bool {
        let gain = worth.savingNow(of: newcomer, in: edge) + Self.horizon * worth.value(of: newcomer, in: edge)
        return gain - worth.loadCost(of: newcomer, in: edge) > Self.horizon * worth.value(of: victims, in: edge)
    }
}
