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
    @OptionGroup var comparison: ComparisonOptions
    @OptionGroup var bounds: BoundOptions
    @OptionGroup var report: ReportOptions

    func validate() throws {
        guard !bounds.bounds || comparison.shard == nil else {
            throw ValidationError("--bounds is for whole comparisons; leave out --shard")
        }
    }

    func run() async throws {
        let experiment = try options.experiment(
            comparison.chosenPolicies(options), seeds: comparison.chosenSeeds, isRecorded: report.format == .html)
        try await options.run(experiment, shard: comparison.shard, bounds: bounds, report: report)
    }
}
