import ArgumentParser
import EmberSim

struct SweepCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sweep", abstract: "Compare policies at every point of a grid of settings.",
        discussion: """
            The table has the system cost of each policy, ± a 95 % confidence interval over the seeds; CSV and JSON have
            every measure. For example:
            ember sweep --scenario paper --vary memory.budget=100GB,200GB,400GB --vary workload.zipf=0.6,1 --seeds 20
            """)

    @OptionGroup var options: SimulationOptions

    @Option(
        help: ArgumentHelp(
            "A key of the scenario and its values: slots=100,200 or memory.budget=1GB..4GB:4; may be repeated.",
            valueName: "key=values"))
    var vary: [String]

    @OptionGroup var comparison: ComparisonOptions
    @OptionGroup var report: ReportOptions

    func run() async throws {
        let experiment = try options.experiment(
            comparison.chosenPolicies(options), seeds: comparison.chosenSeeds, vary: vary, isRecorded: false)
        try await options.run(experiment, shard: comparison.shard, report: report)
    }
}
