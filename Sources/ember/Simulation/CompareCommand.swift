import ArgumentParser
import EmberSim

struct CompareCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare", abstract: "Compare policies on a scenario, on a virtual clock.",
        discussion: """
            Every policy meets the same requests, seed by seed. Costs are means per slot; ± is the standard deviation
            over the seeds. For example: ember compare --scenario paper --seeds 20
            """)

    @OptionGroup var options: SimulationOptions

    @Option(help: "Policies, separated by commas, or all (see 'ember scenario policies').")
    var policies = "all"

    @Option(help: "Seeds 1 to this one are run.")
    var seeds = 20

    func validate() throws {
        guard (1...1_000_000).contains(seeds) else {
            throw ValidationError("--seeds \(seeds): write a number from 1 to 1000000")
        }
    }

    func run() async throws {
        let names =
            policies == "all" ? SimulatedPolicy.all.map(\.name) : policies.split(separator: ",").map(String.init)
        let chosen = try options.policies(names)
        guard !chosen.isEmpty else {
            throw CommandFailure("--policies names no policy; write all or a list such as lru,fifo")
        }
        try await options.compare(chosen, seeds: (1...seeds).map { UInt64($0) })
    }
}
