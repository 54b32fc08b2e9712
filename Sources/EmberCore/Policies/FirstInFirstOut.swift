/// First In First Out (FIFO): the resident loaded first goes first.
struct FirstInFirstOut: Policy {
    private var loadOrder: [Double]
    private var loads = 0.0

    init(catalogue: Catalogue) {
        loadOrder = Array(repeating: 0, count: catalogue.instanceCount)
    }

    mutating func didLoad(_ instance: InstanceID, in edge: EdgeState) {
        loads += 1
        loadOrder[instance.index] = loads
    }

    mutating func didChange(_ map: CatalogueMap, in edge: EdgeState) {
        loadOrder = map.moved(loadOrder, fresh: 0)
    }

    func fall(in time: TimeModel) -> ScoreFall? { .never }

    func score(of resident: InstanceID, in edge: EdgeState) -> Double { loadOrder[resident.index] }
}
