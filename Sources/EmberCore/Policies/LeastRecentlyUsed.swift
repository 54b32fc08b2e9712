/// Least Recently Used (LRU): the resident whose last request lies furthest back goes first.
struct LeastRecentlyUsed: Policy {
    private var lastRequest: [Double]
    private var requests = 0.0

    init(catalogue: Catalogue) {
        lastRequest = Array(repeating: 0, count: catalogue.instanceCount)
    }

    mutating func didRequest(_ instance: InstanceID, count: Int, in edge: EdgeState) {
        requests += 1
        lastRequest[instance.index] = requests
    }

    mutating func didChange(_ map: CatalogueMap, in edge: EdgeState) {
        lastRequest = map.moved(lastRequest, fresh: 0)
    }

    func fall(in time: TimeModel) -> ScoreFall? { .never }

    func score(of resident: InstanceID, in edge: EdgeState) -> Double { lastRequest[resident.index] }
}
