import ArgumentParser
import EmberConfig
import EmberCore
import EmberServer
import EmberSim
import Foundation

struct PlanCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan",
        abstract: "Say which models fit this machine, and what a day costs, under other conditions too.",
        discussion: """
            The requests of a server's log (--log), or stated rates (--rate) of the models of a configuration or of files, are \
            run on a virtual clock by the server's own planner: as it is configured, with other policies, with less and more \
            memory, without the cloud. Nothing is loaded, and no server is asked. For example:
              ember plan --log ~/.local/state/ember/events --last 1
              ember plan small.gguf large.gguf --memory-budget 8GiB --rate small=200 --rate large=20:800+300
            """)

    @OptionGroup var files: FileOptions
    @OptionGroup var options: ConfigurationOptions
    @OptionGroup var plan: PlanOptions
    @OptionGroup var conditions: PlanConditions

    func run() async throws {
        if plan.background { lowerPriority() }
        let works = try plan.log.map { [try work(ofLog: $0)] } ?? drawnWorks()
        let (policies, shares) = (try conditions.chosenPolicies, try conditions.shares)
        let cases = try CommandFailure.telling { () throws(PolicyError) in
            try Plan.cases(works[0], policies: policies, shares: shares, limits: conditions.cloudLimit)
        }
        let meter = RunMeter("runs")
        let outcome = await Plan(works, cases: cases)
            .run(jobs: plan.jobs ?? ProcessInfo.processInfo.activeProcessorCount, progress: meter.show)
        meter.clear()
        if plan.json { try printJSON(outcome) } else { print(PlanText(outcome).text, terminator: "") }
    }

    /// Requests that are served come first.
    private func lowerPriority() { _ = setpriority(__priority_which_t(0), 0, 19) }

    private func work(ofLog path: String) throws -> PlanWork {
        let run = try CommandFailure.telling { () throws(ScenarioError) in try RecordedRun(path) }
        if let place = run.differencePlace {
            throw CommandFailure("\(place) has other effects than then: this is not the Ember that wrote the log")
        }
        return PlanWork(run, last: plan.last.map { $0 * 3600 })
    }

    /// The work by rates, a draw for each seed.
    private func drawnWorks() throws -> [PlanWork] {
        let (configuration, folders) = try read()
        let builder = DeploymentBuilder(
            lookingAt: configuration, folders: folders, environment: ProcessInfo.processInfo.environment,
            stateFolder: folders.state, .system)
        let (deployment, settings) = try CommandFailure.telling { () throws(DeploymentError) in
            (try builder.build(), try builder.plannerSettings())
        }
        let rates = try plan.rate.map { try planRate(StatedRate($0), deployment) }
        let speeds = try PlanSpeeds(plan.speed, bandwidth: plan.bandwidth * 1e9).speeds(of: deployment)
        return (1...UInt64(plan.seeds)).map { seed in
            PlanWork(
                rates, speeds: speeds, catalogue: deployment.catalogue, policy: configuration.planning.policy,
                settings: settings, hours: plan.hours, seed: seed)
        }
    }

    private func read() throws -> (Configuration, ConfigurationFolders) {
        if let (_, configuration, folders) = try files.read(options) { return (configuration, folders) }
        let (configuration, folders, _) = try options.read()
        return (configuration, folders)
    }

    private func planRate(_ stated: StatedRate, _ deployment: Deployment) throws -> PlanRate {
        guard let model = deployment.model(named: stated.model) else {
            let names = deployment.models.map(\.name).joined(separator: ", ")
            throw CommandFailure(
                "--rate names the model '\(stated.model)', which is not configured; there are: \(names)")
        }
        return PlanRate(
            service: deployment.defaultService, model: model, requestsPerHour: stated.requestsPerHour,
            inputTokens: stated.inputTokens, outputTokens: stated.outputTokens)
    }
}

/// How fast models are, as stated or by their size.
private struct PlanSpeeds {
    /// A prompt is read many tokens at a time: at least this much faster than an answer is written.
    private static let readingFactor = 10.0
    /// Until a cloud's answer is whole, besides writing it, and how fast it writes.
    private static let cloudSeconds = 1.0
    private static let loadBytesPerSecond = 1e9
    private static let startSeconds = 0.3

    private let stated: [String: StatedSpeed]
    /// Bytes a second.
    private let bandwidth: Double

    init(_ texts: [String], bandwidth: Double) throws {
        stated = Dictionary(try texts.map { try StatedSpeed($0) }.map { ($0.model, $0) }) { _, last in last }
        self.bandwidth = bandwidth
    }

    /// By model.
    func speeds(of deployment: Deployment) throws -> [PlanSpeed] {
        for name in stated.keys.sorted() where deployment.model(named: name) == nil {
            throw CommandFailure("--speed names the model '\(name)', which is not configured")
        }
        return deployment.models.map { model in
            let bytes = Double(max(model.spec.residentBytes.count, 1 << 20))
            let own = stated[model.name]
            let write = own?.write ?? bandwidth / bytes
            var speed = PlanSpeed(
                loadSeconds: Self.startSeconds + bytes / Self.loadBytesPerSecond,
                prefillTokensPerSecond: own?.read ?? write * Self.readingFactor, decodeTokensPerSecond: write,
                cloudSeconds: model.clouds.isEmpty ? nil : Self.cloudSeconds)
            if let prices = model.clouds.first?.prices {
                (speed.inputPrice, speed.outputPrice) = (prices.input, prices.output)
            }
            return speed
        }
    }
}
