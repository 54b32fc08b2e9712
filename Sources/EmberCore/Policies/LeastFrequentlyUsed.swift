/// Least Frequently Used (LFU): the resident asked for least often, counted from the start, goes first.
///
/// Every request counts, also one that was offloaded ("perfect" LFU). Gated, a newcomer displaces only residents
/// asked for less often than itself.
struct LeastFrequentlyUsed: Policy {
    let isGated: Bool
    private var requests: [Double]

    init(isGated: Bool, catalogue: Catalogue) {
        self.isGated = isGated
        requests = Array(repeating: 0, count: catalogue.instanceCount)
    }

    mutating func didRequest(_ instance: InstanceID, count: Int, in edge: EdgeState) {
        requests[instance.index] += Double(count)
    }

    mutating func didChange(_ map: CatalogueMap, in edge: EdgeState) { requests = map.moved(requests, fresh: 0) }

    func fall(in time: TimeModel) -> ScoreFall? { .never }

    func score(of resident: InstanceID, in edge: EdgeState) -> Double { requests[resident.index] }

    func claim(of newcomer: InstanceID, in edge: EdgeState) -> Double {
        isGated ? requests[newcomer.index] : .infinity
    }
}
