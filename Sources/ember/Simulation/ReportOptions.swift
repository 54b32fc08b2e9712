public import ArgumentParser
public import EmberSim
import Foundation

extension ReportFormat: ExpressibleByArgument {}

/// In which form figures are written, and where to.
struct ReportOptions: ParsableArguments {
    @Option(help: "table, csv, json or html.")
    var format: ReportFormat = .table

    @Option(help: "The file to write to, instead of the standard output.", completion: .file())
    var output: String?

    func write(_ results: Results) throws {
        try write(results.text(format, isBold: output == nil && isatty(STDOUT_FILENO) == 1))
    }

    func write(_ text: String) throws {
        guard let output else { return print(text, terminator: "") }
        do {
            try text.write(toFile: output, atomically: true, encoding: .utf8)
        } catch {
            throw CommandFailure("--output \(output): cannot be written: \(error.localizedDescription)")
        }
    }
}
