import ArgumentParser
import EmberCore
import EmberSim
import Foundation

struct FitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fit", abstract: "Fit a policy's parameters, or a scenario's keys to published figures.",
        discussion: """
            With --policy, its parameters are varied, and the mean ratio of its cost to the reference's is made small. Without,
            the scenario's keys are varied, and its figures brought near to the published ones. For example:
              ember fit --scenario drift,bursty --policy ski-rental --vary share=0.1..2 --vary weight=0.01..0.3
              ember fit --scenario paper --vary workload.zipf=0.5..1.5 --vary defaults.costs.load_per_gigabyte=0.02..0.3
            """)

    @Option(help: "Scenarios, separated by commas.")
    var scenario: String

    @Option(help: "The policy whose parameters are varied.")
    var policy: String?

    @Option(help: "The policy that costs are compared with; needs --policy.")
    var reference = "least-context-gated"

    @Option(help: ArgumentHelp("A key or parameter and its range; may be repeated.", valueName: "key=low..high"))
    var vary: [String]

    @Option(
        name: .customLong("set"),
        help: ArgumentHelp("A key of the scenarios and its value; may be repeated.", valueName: "key=value"))
    var settings: [String] = []

    @OptionGroup var traces: TraceOptions

    @Option(help: "How many values are tried.")
    var trials = 200

    @Option(help: "How many seeds each is run on.")
    var seeds = 10

    @Option(help: "The first of them; evaluate on others.")
    var firstSeed: UInt64 = 5001

    @Option(help: "The seed of the trials.")
    var seed: UInt64 = 1

    @Option(help: "Trials at the same time; by default as many as there are processor cores.")
    var jobs: Int?

    func validate() throws {
        guard !vary.isEmpty else { throw ValidationError("--vary is missing; write one such as --vary horizon=5..100") }
        guard (1...1_000_000).contains(trials) else {
            throw ValidationError("--trials \(trials): write a number from 1 to 1000000")
        }
        guard (1...10_000).contains(seeds) else {
            throw ValidationError("--seeds \(seeds): write a number from 1 to 10000")
        }
    }

    func run() async throws {
        let fit = try makeFit()
        let meter = RunMeter("trials")
        let found = await fit.run(
            trials: trials, seed: seed, jobs: jobs ?? ProcessInfo.processInfo.activeProcessorCount, progress: meter.show
        )
        meter.clear()
        let what = policy == nil ? "mean square log error to what is published" : "mean cost, of \(reference)'s"
        print("\(what): \(shown(found.before)) in the middle of the ranges, \(shown(found.after)) at the best")
        print(found.policy ?? found.values.map { "--set \($0)" }.joined(separator: " "))
    }

    private func shown(_ figure: Double) -> String { String(format: "%.4f", figure) }

    private func makeFit() throws -> Fit {
        let objective: Fit.Objective
        if let policy {
            do throws(PolicyError) {
                objective = .policy(policy, reference: try SimulatedPolicy.parse(reference))
            } catch {
                throw CommandFailure("\(error)")
            }
        } else {
            objective = .published
        }
        return try CommandFailure.telling { () throws(ScenarioError) in
            try Fit(
                scenario.split(separator: ",").map(String.init), objective,
                settings: settings.map { text throws(ScenarioError) in try Setting(text, flag: "--set") },
                ranges: vary.map { text throws(ScenarioError) in try FitRange(text) },
                seeds: (0..<UInt64(seeds)).map { firstSeed &+ $0 }, traces: traces.folder)
        }
    }
}
