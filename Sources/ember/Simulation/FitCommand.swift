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

    @Option(
        help: ArgumentHelp(
            "Figures in which ours must come in the published order of the policies, separated by commas; or none.",
            valueName: "figures"))
    var orders = PublishedGoal.tableOrders.map(\.rawValue).joined(separator: ",")

    @Option(help: "By how much two neighbours of an order must differ: 0.02 is 2 percent.")
    var orderMargin = 0.0

    @Option(
        help: ArgumentHelp(
            "A varied key and the range of its plausible values; outside of it the error grows; may be repeated.",
            valueName: "key=low..high"))
    var plausible: [String] = []

    @Option(help: "Policies whose published figures are predicted instead of fitted to, separated by commas.")
    var leaveOut: String?

    @Option(help: "How many further seeds the result is held against.")
    var heldOut = 0

    @Flag(help: "Tell how far each key can be moved before the fit is lost.")
    var slack = false

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
        guard (0...10_000).contains(heldOut) else {
            throw ValidationError("--held-out \(heldOut): write a number from 0 to 10000")
        }
        guard (0...1).contains(orderMargin) else {
            throw ValidationError("--order-margin \(orderMargin): write a number from 0 to 1")
        }
    }

    func run() async throws {
        let fit = try makeFit()
        let meter = RunMeter("trials")
        let found = await fit.run(
            trials: trials, seed: seed, jobs: workers, progress: meter.show)
        meter.clear()
        let what = policy == nil ? "error and penalties" : "mean cost, of \(reference)'s"
        print("\(what): \(shown(found.before)) in the middle of the ranges, \(shown(found.after)) at the best")
        print(found.policy ?? found.values.map { "--set \($0)" }.joined(separator: " "))
        guard policy == nil else { return }
        tell("on the \(seeds) seeds of the fit", fit, found, fittedSeeds)
        if heldOut > 0 {
            let further = (0..<UInt64(heldOut)).map { firstSeed &+ UInt64(seeds) &+ $0 }
            tell("on \(heldOut) seeds held out", fit, found, further)
            print(FitTable(fit.rows(found.shares, seeds: further) ?? [], leftOut: leftOut).text)
        }
        if slack {
            let slack = await fit.slack(of: found, jobs: workers, progress: meter.show)
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

    private var workers: Int { jobs ?? ProcessInfo.processInfo.activeProcessorCount }
    private var fittedSeeds: [UInt64] { (0..<UInt64(seeds)).map { firstSeed &+ $0 } }
    private var leftOut: Set<String> { Set((leaveOut ?? "").split(separator: ",").map(String.init)) }

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
            objective = .published(try goal())
        }
        return try CommandFailure.telling { () throws(ScenarioError) in
            try Fit(
                scenario.split(separator: ",").map(String.init), objective,
                settings: settings.map { text throws(ScenarioError) in try Setting(text, flag: "--set") },
                ranges: vary.map { text throws(ScenarioError) in try FitRange(text) },
                seeds: fittedSeeds, traces: traces.folder)
        }
    }

    private func goal() throws -> PublishedGoal {
        let names = orders == "none" ? [] : orders.split(separator: ",").map(String.init)
        let measures = try names.map { name in
            guard let measure = Measure(rawValue: name), Measure.published.contains(measure) else {
                let known = Measure.published.map(\.rawValue).joined(separator: ", ")
                throw CommandFailure("--orders \(name): no such figure; write some of \(known), or none")
            }
            return measure
        }
        let plausible = try CommandFailure.telling { () throws(ScenarioError) in
            try self.plausible.map { text throws(ScenarioError) in try FitRange(text, flag: "--plausible") }
        }
        return PublishedGoal(orders: measures, orderMargin: orderMargin, plausible: plausible, leftOut: leftOut)
    }
}
