/// Hyperbolic caching: the resident with the fewest requests for the time that it has been in memory goes first.
///
/// Source: Blankstein, Sen and Freedman, "Hyperbolic Caching", USENIX ATC 2017. Time is counted in requests of all
/// instances; an instance's own count from when it last left. One is added to the time, so that nothing divides by
/// zero.
struct Hyperbolic: Policy {
    private var requests: [Double]
    private var loadedAt: [Double]
    private var clock = 0.0

    init(catalogue: Catalogue) {
        requests = Array(repeating: 0, count: catalogue.instanceCount)
        loadedAt = requests
    }

    mutating func didRequest(_ instance: InstanceID, count: Int, in edge: EdgeState) {
        requests[instance.index] += Double(count)
        clock += Double(count)
    }

    mutating func didLoad(_ instance: InstanceID, in edge: EdgeState) { loadedAt[instance.index] = clock }

    mutating func didEvict(_ instance: InstanceID, in edge: EdgeState) { requests[instance.index] = 0 }

    mutating func didChange(_ map: CatalogueMap, in edge: EdgeState) {
        requests = map.moved(requests, fresh: 0)
        loadedAt = map.moved(loadedAt, fresh: 0)
    }

    func score(of resident: InstanceID, in edge: EdgeState) -> Double {
        requests[resident.index] / (1 + clock - loadedAt[resident.index])
    }
}
