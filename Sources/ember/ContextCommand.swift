import ArgumentParser
import EmberServer
import EmberSystem
import Foundation

struct ContextCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "context", abstract: "See and change the demonstrations of a running Ember's services.",
        discussion: "A key, where one is needed, is taken from $EMBER_KEY; its tenant's demonstrations are meant.",
        subcommands: [
            ContextList.self, ContextShow.self, ContextAdd.self, ContextRemove.self, ContextExport.self,
            ContextImport.self, ContextConversations.self, ContextForget.self,
        ])

    /// Where a service's demonstrations are.
    static func path(_ service: String) -> String {
        "/ember/v1/services/\(RunningEmber.part(service))/demonstrations"
    }
}

struct ContextList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ls", abstract: "List the services, or the newest demonstrations of one.")

    @Argument(help: "A service; without one all services are listed.")
    var service: String?

    @Option(help: "The number of demonstrations, at most (1 to 1000).")
    var limit = 20

    @OptionGroup var running: RunningEmberOptions

    func run() async throws {
        let ember = try running.connect()
        let table =
            if let service { try await demonstrations(of: service, ember) } else { try await services(ember) }
        print(table.text, terminator: "")
    }

    private func services(_ ember: RunningEmber) async throws -> Table {
        let services = try await ember.ask(ServiceList.self, .GET, "/ember/v1/services").services
        return Table(
            columns: ["SERVICE", "CONTEXT", "SELECTION", "EXAMPLES", "DEMONSTRATIONS", "EMBEDDED", "KIB"],
            rows: services.map {
                [
                    $0.name, $0.context, $0.selection, "\($0.examples)", "\($0.demonstrations)",
                    $0.embedded.map { "\($0)" } ?? "-", "\($0.bytes >> 10)",
                ]
            })
    }

    private func demonstrations(of service: String, _ ember: RunningEmber) async throws -> Table {
        let page = try await ember.ask(
            DemonstrationPageView.self, .GET, ContextCommand.path(service) + "?limit=\(limit)")
        let now = TimeSource.system.wallSeconds
        return Table(
            columns: ["ID", "ORIGIN", "QUALITY", "AGE", "PROMPT", "RESULT"],
            rows: page.demonstrations.map {
                [
                    "\($0.id)", $0.origin, $0.quality.map { String(format: "%.2f", $0) } ?? "-",
                    "\(Int(max(0, now - $0.time))) s", Self.short($0.prompt), Self.short($0.result),
                ]
            })
    }

    /// One line that fits a terminal, without what would move its cursor.
    private static func short(_ text: String) -> String {
        let line = String(
            String.UnicodeScalarView(text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }))
        return line.count > 40 ? line.prefix(39) + "…" : line
    }
}

struct ContextConversations: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "conversations",
        abstract: "List the conversations that engines' slots hold, and the saved KV states (no text).",
        discussion: "A next prompt that begins with the same is not computed again.")

    @OptionGroup var running: RunningEmberOptions

    func run() async throws {
        let list = try await running.connect().ask(ConversationList.self, .GET, "/ember/v1/conversations")
        let table = Table(
            columns: ["ID", "MODEL", "SERVICE", "TOKENS", "STATUS", "DEMONSTRATIONS", "SAVED"],
            rows: list.conversations.map {
                [
                    $0.id ?? "-", $0.model, $0.service, "\($0.tokens)", $0.running ? "running" : "idle",
                    $0.demonstrations ? "yes" : "no", $0.saved ? "yes" : "no",
                ]
            })
        print(table.text, terminator: "")
        guard !list.states.isEmpty else { return }
        let states = Table(
            columns: ["SAVED", "TOKENS", "KIB", "AGE", "DEMONSTRATIONS"],
            rows: list.states.map {
                [
                    $0.id ?? "-", "\($0.tokens)", "\($0.bytes >> 10)", "\(Int($0.ageSeconds)) s",
                    $0.demonstrations ? "yes" : "no",
                ]
            })
        print("\n" + states.text, terminator: "")
    }
}

struct ContextForget: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "forget", abstract: "Delete conversations: saved KV states, and what idle slots hold.",
        discussion: "Only those of the key's tenant. What is being saved at the moment is deleted, too.")

    @Argument(help: "A conversation's id, as 'ember context conversations' lists it.") var id: String?
    @Option(help: "Those of this service.") var service: String?
    @Option(help: "Those that were asked with the key of this name.") var key: String?
    @Flag(help: "All of the tenant's.") var all = false
    @OptionGroup var running: RunningEmberOptions

    func validate() throws {
        let isChoice = service != nil || key != nil
        if [id != nil, isChoice, all].count(where: { $0 }) != 1 {
            throw ValidationError("name a conversation's id, or write --service, --key or both, or --all")
        }
        if [id, service, key].contains("") { throw ValidationError("an id or a name is empty: write one, or --all") }
    }

    func run() async throws {
        let query = [("service", service), ("key", key)].compactMap { name, value in
            value.map { "\(name)=\(RunningEmber.part($0))" }
        }
        let path =
            "/ember/v1/conversations" + (id.map { "/" + RunningEmber.part($0) } ?? "")
            + (query.isEmpty ? "" : "?" + query.joined(separator: "&"))
        let gone = try await running.connect().ask(ForgottenView.self, .DELETE, path)
        print("deleted \(gone.states) saved states, and what \(gone.slots) slots held")
    }
}

struct ContextShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Print a demonstration in full, as JSON.")

    @Argument(help: "The service.") var service: String
    @Argument(help: "The demonstration's id.") var id: Int
    @OptionGroup var running: RunningEmberOptions

    func run() async throws {
        try printJSON(
            await running.connect().ask(DemonstrationView.self, .GET, ContextCommand.path(service) + "/\(id)"))
    }
}

struct ContextAdd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "add", abstract: "Give a service a demonstration.")

    @Argument(help: "The service.") var service: String
    @Option(help: "What is asked.") var prompt: String
    @Option(help: "The right answer.") var result: String
    @Option(help: "The only model that it is for; without it, every model of the service.") var model: String?
    @OptionGroup var running: RunningEmberOptions

    private struct Line: Encodable {
        var prompt: String
        var result: String
        var model: String?
    }

    func run() async throws {
        let line = try JSONEncoder().encode(Line(prompt: prompt, result: result, model: model))
        try await ImportSummaryView.post(line, to: service, running.connect())
    }
}

struct ContextRemove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm", abstract: "Remove demonstrations, and all KV states made from them.")

    @Argument(help: "The service.") var service: String
    @Argument(help: "The demonstrations' ids.") var ids: [Int] = []
    @Flag(help: "Remove all of the service.") var all = false
    @OptionGroup var running: RunningEmberOptions

    private struct Answer: Decodable { var removed: Int }

    func validate() throws {
        if all == !ids.isEmpty { throw ValidationError("name the demonstrations' ids, or write --all") }
    }

    func run() async throws {
        let ember = try running.connect()
        var removed = 0
        for path in all ? [""] : ids.map({ "/\($0)" }) {
            removed += try await ember.ask(Answer.self, .DELETE, ContextCommand.path(service) + path).removed
        }
        print("removed \(removed)")
    }
}

struct ContextExport: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Print a service's demonstrations as lines of JSON.",
        discussion: "For example: ember context export sentiment > sentiment.jsonl")

    @Argument(help: "The service.") var service: String
    @OptionGroup var running: RunningEmberOptions

    func run() async throws {
        let path = "/ember/v1/services/\(RunningEmber.part(service))/export"
        FileHandle.standardOutput.write(try await running.connect().bytes(.GET, path))
    }
}

struct ContextImport: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Give a service the demonstrations of a file: all of them, or none.",
        discussion: "A line needs \"prompt\" and \"result\". The same file given again changes nothing.")

    @Argument(help: "The service.") var service: String
    @Argument(help: "A file of JSON lines; - for standard input.") var file: String
    @OptionGroup var running: RunningEmberOptions

    func run() async throws {
        let lines: Data
        if file == "-" {
            lines = FileHandle.standardInput.readDataToEndOfFile()
        } else {
            do { lines = try Data(contentsOf: URL(fileURLWithPath: file)) } catch {
                throw CommandFailure("\(file) cannot be read: check its path and permissions")
            }
        }
        try await ImportSummaryView.post(lines, to: service, running.connect())
    }
}

/// What an import came to, for the terminal.
private struct ImportSummaryView: Decodable {
    var added: Int
    var alreadyThere: Int
    var evicted: Int

    static func post(_ lines: Data, to service: String, _ ember: RunningEmber) async throws {
        let summary = try await ember.ask(Self.self, .POST, ContextCommand.path(service), lines)
        var text = "added \(summary.added)"
        if summary.alreadyThere > 0 { text += ", \(summary.alreadyThere) were there already" }
        if summary.evicted > 0 { text += ", \(summary.evicted) of less value went to make room" }
        print(text)
    }
}
