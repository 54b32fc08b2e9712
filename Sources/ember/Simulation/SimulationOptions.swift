import ArgumentParser
import EmberSim
import Foundation

/// Which scenario, and where its figures go.
struct SimulationOptions: ParsableArguments {
    @Option(help: "The name of a shipped scenario (see 'ember scenario list'), or a scenario file.")
    var scenario: String

    @Option(help: "table, csv or json.")
    var format: Format = .table

    @Option(help: "The file to write to, instead of the standard output.", completion: .file())
    var output: String?

    @Option(help: "Runs at the same time; by default as many as there are processor cores.")
    var jobs: Int?

    @OptionGroup var bounds: BoundOptions

    enum Format: String, ExpressibleByArgument, CaseIterable { case table, csv, json }

    func validate() throws {
        if let jobs, jobs < 1 { throw ValidationError("--jobs \(jobs): write a number from 1") }
    }

    func readScenario() throws -> Scenario {
        do throws(ScenarioError) {
            return try ScenarioReader.read(scenario)
        } catch {
            throw CommandFailure(error.description)
        }
    }

    func policies(_ names: [String]) throws -> [SimulatedPolicy] {
        try names.map { name in
            guard let policy = SimulatedPolicy.named(name) else {
                let known = SimulatedPolicy.all.map(\.name).joined(separator: ", ")
                throw CommandFailure("there is no policy \"\(name)\"; write one of \(known)")
            }
            return policy
        }
    }

    /// Runs all policies on all seeds and writes the figures.
    func compare(_ policies: [SimulatedPolicy], seeds: [UInt64]) async throws {
        let scenario = try readScenario()
        let jobs = jobs ?? ProcessInfo.processInfo.activeProcessorCount
        let bounds = try await bounds.solve(scenario, seeds: seeds, jobs: jobs)
        let meter = RunMeter("runs")
        let comparison = await Comparison.run(
            scenario, policies: policies, seeds: seeds, jobs: jobs, progress: meter.show)
        meter.clear()
        try write(text(of: bounds.map(comparison.bounded) ?? comparison))
    }

    private func text(of comparison: Comparison) -> String {
        switch format {
        case .table: TableReport(comparison, isBold: output == nil && isatty(STDOUT_FILENO) == 1).text
        case .csv: comparison.csv
        case .json: comparison.json
        }
    }

    private func write(_ text: String) throws {
        guard let output else { return print(text, terminator: "") }
        do {
            try text.write(toFile: output, atomically: true, encoding: .utf8)
        } catch {
            throw CommandFailure("--output \(output): cannot be written: \(error.localizedDescription)")
        }
    }
}
