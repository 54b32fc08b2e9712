import ArgumentParser
import EmberCore
import EmberSim
import Foundation

struct FitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "fit", abstract: "Fit a policy's parameters, or a scenario's keys to published figures.",
        discussion: """
            With --policy, its parameters are varied, and the mean ratio of its cost to the reference's is made small. Without,
            the scenario's keys are varied, and its figures brought near to the published ones, in the published orders.
            For example:
              ember fit --scenario drift,bursty --policy ski-rental --vary share=0.1..2 --vary weight=0.01..0.3
              ember fit --scenario paper --vary workload.zipf=0.5..1.5 --vary 'workload.idle_pairs=0|1|2|4' \
                --vary services.sparks.vanishing=0.1..4 --plausible services.sparks.vanishing=0.3..4 --held-out 20 --slack
            """)

    @Option(help: "Scenarios, separated by commas.")
    var scenario: String

    @Option(help: "The policy whose parameters are varied.")
    var policy: String?

    @Option(help: "The policy that costs are compared with; needs --policy.")
    var reference = "least-context-gated"

    @Option(
        help: ArgumentHelp(
            "A key or parameter and its range, or its values key=one|two; may be repeated.", valueName: "key=low..high")
    )
    var vary: [String]

    @OptionGroup var goal: FitGoalOptions

    @Flag(help: "Tell how far each key can be moved before the fit is lost.")
    var slack = false

    @Option(
        name: .customLong("set"),
        help: ArgumentHelp("A key of the scenarios and its value; may be repeated.", valueName: "key=value"))
    var settings: [String] = []

    @OptionGroup var traces: TraceOptions

    @OptionGroup var search: FitSearchOptions

    func validate() throws {
        guard !vary.isEmpty else { throw ValidationError("--vary is missing; write one such as --vary horizon=5..100") }
    }

    func run() async throws {
        let fit = try makeFit()
        let meter = RunMeter("trials")
        let found = await fit.run(
            trials: search.trials, seed: search.seed, jobs: search.workers, progress: meter.show)
        meter.clear()
        let what = policy == nil ? "error and penalties" : "mean cost, of \(reference)'s"
        print("\(what): \(shown(found.before)) in the middle of the ranges, \(shown(found.after)) at the best")
        print(found.policy ?? found.values.map { "--set \($0)" }.joined(separator: " "))
        guard policy == nil else { return }
        tell("on the \(search.seeds) seeds of the fit", fit, found, search.fittedSeeds)
        if search.heldOut > 0 {
            let further = search.furtherSeeds
            tell("on \(search.heldOut) seeds held out", fit, found, further)
            print(FitTable(fit.rows(found.shares, seeds: further) ?? [], leftOut: goal.leftOut).text)
        }
        if slack {
            let slack = await fit.slack(of: found, jobs: search.workers, progress: meter.show)
            meter.clear()
            print("Each key alone may move so far before the error is half as large again, or an order is lost:")
            for key in slack { print("  \(key.key)  \(key.low) to \(key.high)") }
        }
    }

    private func tell(_ where: String, _ fit: Fit, _ found: Fit.Result, _ seeds: [UInt64]) {
        guard let score = fit.score(found.shares, seeds: seeds) else { return }
        let factor = String(format: "%.2f", score.typicalFactor)
        let lost = score.lostOrders.map(\.description).joined(separator: "; ")
        print(
            "\(`where`): mean square log error \(shown(score.error)), a typical factor of \(factor); orders lost: "
                + (lost.isEmpty ? "none" : lost))
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
            objective = .published(try goal.goal())
        }
        return try CommandFailure.telling { () throws(ScenarioError) in
            try Fit(
                scenario.split(separator: ",").map(String.init), objective,
                settings: settings.map { text throws(ScenarioError) in try Setting(text, flag: "--set") },
                ranges: vary.map { text throws(ScenarioError) in try FitRange(text) },
                seeds: search.fittedSeeds, traces: traces.folder)
        }
    }
}
