import ArgumentParser
import EmberSim

/// Which policies on which seeds, and what share of the work.
struct ComparisonOptions: ParsableArguments {
    @Option(help: "Policies, separated by commas, or all (see 'ember scenario policies', also for their parameters).")
    var policies = "all"

    @Option(help: "How many seeds are run, one after the other from --first-seed on.")
    var seeds = 20

    @Option(help: "The first seed.")
    var firstSeed: UInt64 = 1

    @Option(
        help: ArgumentHelp(
            "Run only this share of the work, such as 3/16, and write its result as JSON for 'ember merge'.",
            valueName: "number/count"))
    var shard: String?

    func validate() throws {
        guard (1...1_000_000).contains(seeds) else {
            throw ValidationError("--seeds \(seeds): write a number from 1 to 1000000")
        }
    }

    var chosenSeeds: [UInt64] { (0..<UInt64(seeds)).map { firstSeed &+ $0 } }

    func chosenPolicies(_ options: SimulationOptions) throws -> [SimulatedPolicy] {
        let names =
            policies == "all" ? SimulatedPolicy.all.map(\.name) : policies.split(separator: ",").map(String.init)
        guard Set(names).count == names.count else {
            throw CommandFailure("--policies names a policy twice; name each once")
        }
        let chosen = try options.policies(names)
        guard !chosen.isEmpty else {
            throw CommandFailure("--policies names no policy; write all or a list such as lru,fifo")
        }
        return chosen
    }
}
