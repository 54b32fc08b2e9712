import ArgumentParser
import EmberServer
import Foundation

struct ReloadCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reload", abstract: "Have a running Ember read its configuration again.",
        discussion: """
            The file is checked first, and taken as a whole or not at all. Models whose settings are the same keep their \
            engines, slots and contexts; requests under way end as they began. --dry-run prints what would stay, change, \
            restart, appear and go, and which keys are read only at the start. 'kill -HUP' does the same, and so does \
            'ember serve --watch' by itself. A key, where one is needed, is taken from $EMBER_KEY.
            """)

    @Flag(help: "Only print what would change.") var dryRun = false
    @Flag(help: "Print the plan as JSON.") var json = false
    @OptionGroup var running: RunningEmberOptions

    func run() async throws {
        let plan = try await running.connect().reload(isDry: dryRun)
        if json {
            try printJSON(plan)
        } else if plan.isEmpty {
            print("nothing has changed")
        } else {
            print(plan.lines.joined(separator: "\n"))
        }
        if let problem = plan.problem { throw CommandFailure(problem) }
    }
}

extension RunningEmber {
    /// Has it read its configuration again.
    ///
    /// - Parameter isDry: only finds out what would change.
    func reload(isDry: Bool = false) async throws -> ReloadPlan {
        let wish = try JSONEncoder().encode(["dry_run": isDry])
        return try await ask(ReloadPlan.self, .PUT, "/ember/v1/config", wish)
    }
}
