import EmberCore

/// The Random of the papers' Table II: a fresh random resident set in each slot, which fills a random share of memory.
///
/// Our reading of a policy that is published without its law: instances in random order, each taken if it
/// still fits into a share of the memory that is drawn evenly from 0 to 1.
struct RandomResidents: ResidentPlan {
    private let footprints: [Int]
    /// Those that the server may be asked for.
    private let instances: [Int]
    private let budget: Double
    private var lots: SeededGenerator

    init(_ scenario: Scenario, seed: UInt64) {
        let catalogue = scenario.catalogue
        footprints = (0..<catalogue.instanceCount).map { index in
            catalogue[catalogue.model(of: InstanceID(index))].residentBytes.count
        }
        instances = footprints.indices.filter { catalogue.sharing == .instances || scenario.isAtHome(PairID($0)) }
        budget = Double(scenario.edge.memory.count)
        lots = Purpose.residents.generator(seed: seed)
    }

    mutating func next() -> [Bool] {
        var order = instances
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
