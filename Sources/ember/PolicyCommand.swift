import ArgumentParser
import EmberCore
import Foundation

struct PolicyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "policy", abstract: "Show the policy of a running Ember, or change it.",
        discussion: """
            A change keeps everything in memory, all queues and all contexts; it holds until Ember ends, and the \
            configuration says what holds after that. 'ember policy --list' has all policies. A key, where one is needed, \
            is taken from $EMBER_KEY.
            """)

    @Argument(help: "The new policy, such as lru.") var policy: String?
    @Flag(help: "List the policies.") var list = false
    @OptionGroup var running: RunningEmberOptions

    func run() async throws {
        if list { return print(Self.table, terminator: "") }
        let ember = try running.connect()
        let path = "/ember/v1/policy"
        guard let policy else { return print(try await ember.ask(Answer.self, .GET, path).policy) }
        let change = try JSONEncoder().encode(Answer(policy: policy))
        print(try await ember.ask(Answer.self, .PUT, path, change).policy)
    }

    private struct Answer: Codable { var policy: String }

    private static var table: String {
        Table(columns: ["POLICY", ""], rows: PolicyCatalog.all.map { [$0.name, $0.summary] }).text
    }
}
