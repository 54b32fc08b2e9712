import ArgumentParser
import EmberSystem
import Foundation

struct LogsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "logs", abstract: "Show what a model's engine has written.",
        discussion: """
            Ember keeps the last 200 lines of each model's engines, also of those that have ended. A key, where one is needed, is \
            taken from $EMBER_KEY.
            """)

    @Argument(help: "The model's name.")
    var model: String

    @Option(name: [.customShort("n"), .long], help: "The last lines to show, up to 200.")
    var lines = 50

    @Flag(name: .shortAndLong, help: "Show new lines as they come, until Ctrl-C.")
    var follow = false

    @OptionGroup var running: RunningEmberOptions

    func run() async throws {
        let path = "/ember/v1/models/\(RunningEmber.part(model))/logs?lines=\(lines)&follow=\(follow)"
        let ember = try running.connect()
        let isTerminal = Terminal.isOutput
        try await ember.lines(.GET, path) { line in
            try Terminal.write((isTerminal ? Terminal.harmless(line) : line) + "\n")
        }
    }
}
