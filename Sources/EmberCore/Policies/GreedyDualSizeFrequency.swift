/// GreedyDual-Size with Frequency (GDSF): priority = L + requests x saving / bytes; the lowest goes first.
///
/// Source: Cherkasova, HP Labs report HPL-98-69 (1998). The cost of a miss is the saving that an edge request without
/// context has over the cloud; L rises to the priority of each victim, so that old popularity fades. Gated, a newcomer
/// displaces only residents of lower priority than its own.
struct GreedyDualSizeFrequency: Policy {
    let isGated: Bool
    private var requests: [Double]
    private var priority: [Double]
    private var inflation = 0.0
    /// Where the cloud is cheaper, requests count against a model; and its memory may have grown since the last one.
    var requestsMayLower: Bool { true }

    init(isGated: Bool, catalogue: Catalogue) {
        self.isGated = isGated
        requests = Array(repeating: 0, count: catalogue.instanceCount)
        priority = requests
    }

    mutating func didRequest(_ instance: InstanceID, count: Int, in edge: EdgeState) {
        requests[instance.index] += Double(count)
        let saving = edge.saving(of: edge[instance].model, kappa: 0)
        let bytes = Double(max(1, edge[instance].footprint.count))
        priority[instance.index] = inflation + requests[instance.index] * saving / bytes
    }

    mutating func didEvict(_ instance: InstanceID, in edge: EdgeState) {
        inflation = max(inflation, priority[instance.index])
    }

    mutating func didChange(_ map: CatalogueMap, in edge: EdgeState) {
        requests = map.moved(requests, fresh: 0)
        priority = map.moved(priority, fresh: 0)
    }

    func fall(in time: TimeModel) -> ScoreFall? { .never }

    func score(of resident: InstanceID, in edge: EdgeState) -> Double { priority[resident.index] }

    func claim(of newcomer: InstanceID, in edge: EdgeState) -> Double {
        isGated ? priority[newcomer.index] : .infinity
    }
}
