import ArgumentParser
import EmberSim
import Foundation

struct SimulateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate", abstract: "Run one policy on one seed of a scenario, on a virtual clock.",
        discussion: "For example: ember simulate --scenario paper --policy ski-rental --log decisions.jsonl")

    @OptionGroup var options: SimulationOptions

    @Option(help: "The policy (see 'ember scenario policies').")
    var policy: String

    @Option(help: "The seed of the run's random choices.")
    var seed: UInt64 = 1

    @Option(
        help: """
            The file to write every decision to, as JSON Lines; - is the standard output, where figures then need \
            --output.
            """, completion: .file())
    var log: String?

    @OptionGroup var bounds: BoundOptions
    @OptionGroup var report: ReportOptions

    func validate() throws {
        guard !bounds.bounds || log == nil else { throw ValidationError("--bounds and --log exclude each other") }
    }

    func run() async throws {
        let experiment = try options.experiment(
            options.policies([policy]), seeds: [seed], isRecorded: report.format == .html)
        guard let log else {
            return try await options.run(experiment, shard: nil, bounds: bounds, report: report)
        }
        try options.requireOneServer(experiment, for: "--log")
        let file = try LogFile(log)
        let decisions = experiment.log(writingTo: file.write)
        let results = experiment.run(loggedTo: decisions)
        do {
            try decisions.finish()
        } catch {
            throw CommandFailure("--log \(log): cannot be written: \(error.localizedDescription)")
        }
        if log != "-" || report.output != nil { try report.write(results) }
    }
}

/// A file, or the standard output, that text is written to piece by piece.
private struct LogFile {
    private let handle: FileHandle

    init(_ path: String) throws {
        guard path != "-" else {
            handle = .standardOutput
            return
        }
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else {
            throw CommandFailure("--log \(path): cannot be written: \(String(cString: strerror(errno)))")
        }
        handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    }

    func write(_ text: String) throws { try handle.write(contentsOf: Data(text.utf8)) }
}
