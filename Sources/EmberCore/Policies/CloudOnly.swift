/// Cloud: nothing is loaded while the cloud can take the request.
struct CloudOnly: Policy {
    var loadsByCost: Bool { false }

    func score(of resident: InstanceID, in edge: EdgeState) -> Double { 0 }

    mutating func didChange(_ map: CatalogueMap, in edge: EdgeState) {}

    func admits(_ newcomer: InstanceID, replacing victims: [InstanceID], in edge: EdgeState) -> Bool { false }
}
