import ArgumentParser
import EmberSim
import EmberSystem
import Foundation

/// Whether policies are compared with offline bounds, and the solver for these.
struct BoundOptions: ParsableArguments {
    @Flag(
        help: """
            Add a lower bound of all policies' cost, a clairvoyant, and every policy's ratio to the bound; needs the \
            solver HiGHS.
            """)
    var bounds = false

    @Option(
        help: "The solver's program, highs; by default that of EMBER_HIGHS, on PATH, or of make setup.",
        completion: .file())
    var solver: String?

    @Option(help: "How long the solver may take for one seed, in seconds.")
    var solverSeconds = 600

    func validate() throws {
        guard bounds || solver == nil else { throw ValidationError("--solver means nothing without --bounds; add it") }
        guard (1...1_000_000).contains(solverSeconds) else {
            throw ValidationError("--solver-seconds \(solverSeconds): write a number from 1 to 1000000")
        }
    }

    /// The bounds of every seed; nil unless they are asked for.
    func solve(_ experiment: Experiment, jobs: Int) async throws -> [OfflineBound]? {
        guard bounds else { return nil }
        let solving = Surroundings.system.time.later {
            let meter = RunMeter("bounds")
            defer { meter.clear() }
            let solver = try Solver.find(
                named: solver, environment: ProcessInfo.processInfo.environment,
                cache: ConfigurationOptions.folders.cache, secondsLimit: solverSeconds,
                surroundings: .system)
            meter.begin(experiment.seedCount)
            return try await experiment.bounds(jobs: jobs, solver: solver, progress: meter.show)
        }
        let interrupts = Interrupts { solving.cancel() }
        defer { interrupts.stop() }
        switch await solving.result {
        case .success(let bounds): return bounds
        case .failure(let error): throw CommandFailure("\(error)")
        }
    }
}
