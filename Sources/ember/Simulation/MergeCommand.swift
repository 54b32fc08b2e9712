import ArgumentParser
import EmberSim

struct MergeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "merge", abstract: "Make one report of the results of all shards.",
        discussion: """
            The report is the one that the command would have written without --shard, to the last byte. For example:
            ember merge partial-*.json --format html --output sweep.html
            """)

    @Argument(
        help: "What 'ember compare --shard' or 'ember sweep --shard' wrote, each shard once.", completion: .file())
    var files: [String]

    @OptionGroup var report: ReportOptions

    func run() throws {
        let results = try CommandFailure.telling { () throws(ScenarioError) in
            try PartialResult.merged(
                files.map { name throws(ScenarioError) in (name, try PartialResult.read(name)) })
        }
        guard results.has(report.format) else {
            throw CommandFailure("the shards have no recording for --format html; run them with --format html too")
        }
        try report.write(results)
    }
}
