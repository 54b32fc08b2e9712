/// Least Context (LC): the resident with the least Age of Context goes first.
///
/// Source: Xu, Niyato et al., arXiv 2304.08782. Gated, a newcomer displaces only residents without context, or with
/// less than it has itself in store: a model that knows its work is not given up for one that does not.
struct LeastContext: Policy {
    let isGated: Bool
    private let fastestVanishing: Double
    /// A request changes the services' shares, and with them the mean of their ages.
    let requestsMayLower: Bool

    init(isGated: Bool, catalogue: Catalogue) {
        self.isGated = isGated
        fastestVanishing = catalogue.services.map(\.vanishing).max() ?? 0
        requestsMayLower = catalogue.hasSharedInstances
    }

    mutating func didChange(_ map: CatalogueMap, in edge: EdgeState) {
        self = LeastContext(isGated: isGated, catalogue: map.new)
    }

    /// No context loses value faster than that of the service whose context vanishes fastest.
    func fall(in time: TimeModel) -> ScoreFall? { .linear(perSecond: fastestVanishing) }

    func bound(of resident: InstanceID, in edge: EdgeState) -> ScoreBound {
        let context = edge.fadingAge(of: resident, at: edge.now)
        return ScoreBound(context.age, fallPerSecond: context.fadingPerSecond)
    }

    func score(of resident: InstanceID, in edge: EdgeState) -> Double {
        edge.ageOfContext(of: resident)
    }

    func claim(of newcomer: InstanceID, in edge: EdgeState) -> Double {
        // The least positive claim still displaces a resident whose context has faded to nothing.
        isGated ? max(edge.ageOfContext(of: newcomer), .leastNonzeroMagnitude) : .infinity
    }
}
