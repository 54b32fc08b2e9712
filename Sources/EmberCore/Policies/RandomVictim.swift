/// Random: victims are chosen at random.
///
/// The Random of the papers' Table II, a random resident set, belongs to the simulator.
struct RandomVictim: Policy {
    private var generator: SeededGenerator

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    mutating func didChange(_ map: CatalogueMap, in edge: EdgeState) {}

    mutating func score(of resident: InstanceID, in edge: EdgeState) -> Double { generator.nextUnit() }
}
