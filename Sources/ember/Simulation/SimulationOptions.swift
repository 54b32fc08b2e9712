import ArgumentParser
import EmberCore
import EmberServer
import EmberSim
import Foundation

/// Which scenario, with what changed in it, and how many runs at the same time.
struct SimulationOptions: ParsableArguments {
    @Option(help: "The name of a shipped scenario (see 'ember scenario list'), or a scenario file.")
    var scenario: String?

    @Option(
        help:
            "Instead of a scenario: a server's log of events, or the folder; its requests, models, times and bounds.",
        completion: .file())
    var events: String?

    @OptionGroup var traces: TraceOptions

    @Option(
        name: .customLong("set"),
        help: ArgumentHelp(
            "A key of the scenario and the value that it gets, such as memory.budget=100GB or models.p15.memory=90GB; "
                + "may be repeated.", valueName: "key=value"))
    var settings: [String] = []

    @Option(help: "Runs at the same time; by default as many as there are processor cores.")
    var jobs: Int?

    func validate() throws {
        if (scenario == nil) == (events == nil) {
            throw ValidationError("write --scenario NAME, or --events FILE for a server's log; one of them")
        }
        if events != nil, !settings.isEmpty {
            throw ValidationError("--set changes scenarios; leave it out with --events")
        }
        if let jobs, jobs < 1 { throw ValidationError("--jobs \(jobs): write a number from 1") }
    }

    func policies(_ names: [String]) throws -> [SimulatedPolicy] {
        try names.map { name in
            do throws(PolicyError) {
                return try SimulatedPolicy.parse(name)
            } catch {
                throw CommandFailure("\(error)")
            }
        }
    }

    func experiment(
        _ policies: [SimulatedPolicy], seeds: [UInt64], vary: [String] = [], isRecorded: Bool
    ) throws -> Experiment {
        let experiment = try CommandFailure.telling { () throws(ScenarioError) in
            guard let scenario else {
                return try Experiment(
                    events: events ?? "", policies: policies, seeds: seeds, isRecorded: isRecorded,
                    version: EmberVersion.current)
            }
            return try Experiment(
                scenario, traces: traces.folder, settings: parsedSettings(),
                variations: vary.map { text throws(ScenarioError) in try Variation(text) }, policies: policies,
                seeds: seeds, isRecorded: isRecorded, version: EmberVersion.current)
        }
        if isRecorded { try requireOneServer(experiment, for: "--format html") }
        for note in experiment.notes { StandardError.write(note) }
        return experiment
    }

    private var name: String { scenario.map { "scenario \"\($0)\"" } ?? "the log" }

    /// For outputs that exist for one edge server only.
    func requireOneServer(_ experiment: Experiment, for option: String) throws {
        guard experiment.hasOneServer else {
            throw CommandFailure("\(option) is for one edge server, and \(name) has several")
        }
    }

    /// For what makes sense in slots only.
    func requireSlots(_ experiment: Experiment, for option: String) throws {
        guard experiment.isInSlots else {
            throw CommandFailure("\(option) is for time: slots, and \(name) has time: events")
        }
    }

    func parsedSettings() throws(ScenarioError) -> [Setting] {
        try settings.map { text throws(ScenarioError) in try Setting(text, flag: "--set") }
    }

    /// Runs everything and writes the report, or one shard and writes its result.
    ///
    /// - Parameter bounds: asked for only where there is one point and no shard.
    func run(
        _ experiment: Experiment, shard: String?, bounds: BoundOptions? = nil, report: ReportOptions
    ) async throws {
        let shard = try shard.map { text in
            try CommandFailure.telling { () throws(ScenarioError) in try Shard(text) }
        }
        let jobs = jobs ?? ProcessInfo.processInfo.activeProcessorCount
        if bounds?.bounds == true {
            try requireSlots(experiment, for: "--bounds")
            try requireOneServer(experiment, for: "--bounds")
        }
        let offline = try await bounds?.solve(experiment, jobs: jobs)
        let meter = RunMeter("runs")
        if let shard {
            let partial = await experiment.run(shard, jobs: jobs, progress: meter.show)
            meter.clear()
            try report.write(partial.json)
        } else {
            let results = await experiment.run(jobs: jobs, progress: meter.show)
            meter.clear()
            try report.write(offline.map(results.bounded) ?? results)
        }
    }
}

extension CommandFailure {
    /// The result of the work; its problem becomes the command's failure.
    static func telling<Result, Problem: Error & CustomStringConvertible>(
        _ work: () throws(Problem) -> Result
    ) throws -> Result {
        do throws(Problem) {
            return try work()
        } catch {
            throw CommandFailure(error.description)
        }
    }
}
