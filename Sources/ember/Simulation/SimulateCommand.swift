import ArgumentParser

struct SimulateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate", abstract: "Run one policy on one seed of a scenario, on a virtual clock.")

    @OptionGroup var options: SimulationOptions

    @Option(help: "The policy (see 'ember scenario policies').")
    var policy: String

    @Option(help: "What the run's lots follow from.")
    var seed: UInt64 = 1

    func run() async throws {
        try await options.compare(options.policies([policy]), seeds: [seed])
    }
}
