import EmberCore

/// Between what the best schedule of a run costs that knows all requests beforehand.
public struct OfflineBound: Sendable, Equatable {
    /// No policy's system cost is lower, per slot; `ResidencyProgram` says why.
    public let systemCost: Double
    /// The solver's schedule, run by the simulator: what knowing the requests beforehand is worth at least.
    public let clairvoyant: RunOutcome

    /// Programs with more stays than this are relaxed, not solved in integers.
    static let mostIntegerStays = 20_000

    /// The bounds of every seed; the solver runs at most `jobs` times at once, and the result does not depend on it.
    ///
    /// `progress` is called after each, one at a time.
    public static func solve(
        _ scenario: Scenario, seeds: [UInt64], jobs: Int, solver: Solver,
        progress: (_ done: Int, _ all: Int) -> Void = { _, _ in }
    ) async throws(SolverError) -> [OfflineBound] {
        let distinct = scenario.workload.followsFromSeed ? seeds : Array(seeds.prefix(1))
        let bounds = try await Workers.map(distinct.count, jobs: jobs, progress: progress) {
            index async throws(SolverError) in
            try await solve(scenario, seed: distinct[index], solver: solver)
        }
        return seeds.indices.map { bounds[min($0, bounds.count - 1)] }
    }

    static func solve(
        _ scenario: Scenario, seed: UInt64, solver: Solver
    ) async throws(SolverError) -> OfflineBound {
        let workload = scenario.requests(seed: seed)
        let program = ResidencyProgram(scenario, workload)
        // Where residence saves nothing there is nothing to solve.
        let answer =
            program.stays.isEmpty
            ? SolverAnswer(bound: 0, residence: [])
            : try await solver.solve(program, isInteger: program.stays.count <= mostIntegerStays)
        let schedule = ResidentSchedule(
            program, answer.residence, catalogue: scenario.catalogue, memory: scenario.edge.memory)
        return OfflineBound(
            systemCost: (program.cloudCost + answer.bound * program.unit) / Double(program.slots),
            clairvoyant: SimulatedPolicy.outcome(of: schedule, scenario, workload, seed: seed))
    }
}

extension WorkloadKind {
    /// Whether other seeds have other requests.
    var followsFromSeed: Bool {
        if case .matrix = self { false } else { true }
    }
}
