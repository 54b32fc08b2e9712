/// Random: victims are drawn by lot.
///
/// The Random of the papers' Table II, a random resident set, is a matter of the simulator.
struct RandomVictim: Policy {
    private var generator: SeededGenerator

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    mutating func score(of resident: InstanceID, in edge: EdgeState) -> Double { generator.nextUnit() }
}
