import ArgumentParser
import EmberSim
import Foundation

/// Where the traces are that scenarios name.
struct TraceOptions: ParsableArguments {
    @Option(help: "The folder of trace files; by default that of the environment variable EMBER_TRACES.")
    var traces: String?

    var folder: String? { traces ?? ProcessInfo.processInfo.environment["EMBER_TRACES"] }

    /// Reads a scenario; reports skipped bad lines on the standard error.
    func read(_ scenario: String) throws(ScenarioError) -> Scenario {
        let scenario = try ScenarioReader.read(scenario, traces: folder)
        for note in scenario.notes { StandardError.write(note) }
        return scenario
    }
}
