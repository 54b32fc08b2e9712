import EmberCore

/// The Random of the papers' Table II: a fresh random resident set in each slot, which fills a random share of memory.
///
/// Our reading of a policy that is published without its law: instances in an order drawn by lot, each taken if it
/// still fits into a share of the memory that is drawn evenly from 0 to 1.
struct RandomResidents {
    private let footprints: [Int]
    private let budget: Double
    private var lots: SeededGenerator

    init(catalogue: Catalogue, budget: Bytes, seed: UInt64) {
        footprints = (0..<catalogue.instanceCount).map { index in
            catalogue[catalogue.model(of: InstanceID(index))].residentBytes.count
        }
        self.budget = Double(budget.count)
        lots = Purpose.residents.generator(seed: seed)
    }

    /// What makes the next slot's set of the present residents: those that leave first.
    mutating func draw(in edge: EdgeState) -> [Event] {
        let chosen = draw()
        let isResident = edge.instances.map { $0.phase == .resident }
        let leaving = chosen.indices.filter { isResident[$0] && !chosen[$0] }
        let coming = chosen.indices.filter { chosen[$0] && !isResident[$0] }
        return leaving.map { .unloadRequested(InstanceID($0)) } + coming.map { .loadRequested(InstanceID($0)) }
    }

    /// For every instance whether it is in the next slot's set.
    private mutating func draw() -> [Bool] {
        var order = Array(footprints.indices)
        lots.shuffle(&order)
        var space = Int(budget * lots.nextUnit())
        var chosen = footprints.map { _ in false }
        for index in order where footprints[index] <= space {
            chosen[index] = true
            space -= footprints[index]
        }
        return chosen
    }
}
