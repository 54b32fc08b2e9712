import EmberCore
import EmberDocument
import Foundation

/// Runs of policies on the same seeds, at each point of a grid of settings or at one point alone.
public struct Experiment: Sendable {
    let header: ExperimentHeader
    /// By point.
    private let scenarios: [Scenario]
    private let policies: [SimulatedPolicy]

    /// Reads the scenario at every point, so that every problem is reported before anything runs.
    ///
    /// - Parameters:
    ///   - name: a shipped scenario, or a file.
    ///   - traces: the folder where trace files are looked for.
    ///   - isRecorded: whether runs are recorded over time, for `Results.html`; sweeps never are.
    ///   - version: the program's.
    public init(
        _ name: String, traces: String? = nil, settings: [Setting] = [], variations: [Variation] = [],
        policies: [SimulatedPolicy],
        seeds: [UInt64], isRecorded: Bool = false, version: String
    ) throws(ScenarioError) {
        try Self.check(variations)
        let grid = Grid(variations: variations)
        var scenarios: [Scenario] = []
        for point in 0..<(grid.count ?? 0) {
            scenarios.append(
                try ScenarioReader.read(name, settings: settings + grid.settings(of: point), traces: traces))
        }
        self.init(
            scenarios, policies: policies, seeds: seeds, isRecorded: isRecorded && variations.isEmpty, version: version,
            argument: URL(filePath: name).lastPathComponent, settings: settings, variations: variations)
    }

    /// Runs of policies on what was asked of a server, by the log of events that it has written, or a folder of them:
    /// one run each, as nothing is drawn but the lots of policies.
    public init(
        events path: String, policies: [SimulatedPolicy], seeds: [UInt64], isRecorded: Bool = false, version: String
    ) throws(ScenarioError) {
        let name = URL(filePath: path).lastPathComponent
        let run = try RecordedRun(path)
        if let place = run.differencePlace {
            throw ScenarioError(place, "has other effects than then: this is not the Ember that wrote the log")
        }
        var scenario = run.scenario(named: name)
        scenario.fingerprint.take(scenario.workload)
        self.init(
            [scenario], policies: policies, seeds: seeds, isRecorded: isRecorded, version: version, argument: name,
            settings: [], variations: [])
    }

    /// A comparison on a scenario that is already read.
    init(_ scenario: Scenario, policies: [SimulatedPolicy], seeds: [UInt64]) {
        self.init(
            [scenario], policies: policies, seeds: seeds, isRecorded: false, version: "", argument: scenario.name,
            settings: [], variations: [])
    }

    private init(
        _ scenarios: [Scenario], policies: [SimulatedPolicy], seeds: [UInt64], isRecorded: Bool, version: String,
        argument: String, settings: [Setting], variations: [Variation]
    ) {
        var fingerprint = Fingerprint()
        for scenario in scenarios { fingerprint.take(scenario.fingerprint.text) }
        let first = scenarios[0]
        header = ExperimentHeader(
            ScenarioFacts(first, fingerprint: fingerprint, argument: argument),
            ExperimentPlan(
                version: version, settings: settings, variations: variations, policies: policies.map(\.name),
                seeds: seeds, isRecorded: isRecorded))
        self.scenarios = scenarios
        self.policies = policies
    }

    public var seedCount: Int { header.seeds.count }

    /// Whether there is one edge server throughout: recordings, logs and bounds are for these.
    public var hasOneServer: Bool { scenarios.allSatisfy { $0.edge.count == 1 } }

    /// Whether all of it is in slots: bounds are for these.
    public var isInSlots: Bool { scenarios.allSatisfy { $0.events == nil } }

    /// Warnings about the files that were read, each once.
    public var notes: [String] {
        var told: Set<String> = []
        return scenarios.flatMap(\.notes).filter { told.insert($0).inserted }
    }

    private static func check(_ variations: [Variation]) throws(ScenarioError) {
        let place = Place(source: "flag \(Variation.flag)")
        let keys = variations.map(\.key)
        if let key = keys.first(where: { key in keys.count { $0 == key } > 1 }) {
            throw ScenarioError(place, key: key, "is varied twice; give all its values at once")
        }
        guard Grid(variations: variations).count != nil else {
            throw ScenarioError(place, "makes more than \(Grid.largest) points; give fewer values")
        }
    }

    /// Runs a shard's share, each run a task of its own, at most `jobs` at a time.
    ///
    /// The results do not depend on `jobs`. `progress` is called after each run, one at a time.
    public func run(
        _ shard: Shard, jobs: Int, progress: (_ done: Int, _ all: Int) -> Void = { _, _ in }
    ) async -> PartialResult {
        let ids = header.runs(of: shard)
        let runs = await Workers.map(ids.count, jobs: jobs, progress: progress) { run(ids[$0], observers: []) }
        return PartialResult(header: header, shard: shard, runs: runs)
    }

    /// Runs everything.
    public func run(
        jobs: Int, progress: (_ done: Int, _ all: Int) -> Void = { _, _ in }
    ) async -> Results {
        Results(header: header, runs: await run(.whole, jobs: jobs, progress: progress).runs)
    }

    /// The bounds of every seed at the first point; the solver runs at most `jobs` times at once.
    public func bounds(
        jobs: Int, solver: Solver, progress: (_ done: Int, _ all: Int) -> Void = { _, _ in }
    ) async throws(SolverError) -> [OfflineBound] {
        try await OfflineBound.solve(scenarios[0], seeds: header.seeds, jobs: jobs, solver: solver, progress: progress)
    }

    /// A log for the decisions of an experiment of one run.
    public func log(writingTo write: @escaping (String) throws -> Void) -> DecisionLog {
        DecisionLog(scenarios[0], write: write)
    }

    /// Runs everything, one after the other, and writes down every decision.
    public func run(loggedTo log: DecisionLog) -> Results {
        Results(header: header, runs: header.runs(of: .whole).map { run($0, observers: [log]) })
    }

    private func run(_ id: RunID, observers: [any RunObserver]) -> Run {
        let scenario = scenarios[id.point]
        let recorder =
            header.isRecorded ? RunRecorder(scenario, hasResidency: id.seed == 0) : nil
        let outcome = policies[id.policy].run(
            scenario, seed: header.seeds[id.seed], observers: observers + [recorder].compactMap { $0 })
        return Run(id: id, outcome: outcome, recording: recorder?.recording)
    }
}

/// One run's figures.
struct Run: Sendable {
    let id: RunID
    let outcome: RunOutcome
    let recording: Recording?
}
