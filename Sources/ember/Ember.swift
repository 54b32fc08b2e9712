import ArgumentParser
import EmberServer

@main
struct Ember: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ember",
        abstract: "An edge AI server: one OpenAI-compatible endpoint over more models than fit in memory.",
        discussion: """
            Ember decides which models stay in memory and where each request runs, at the edge or in the cloud.
            Start with 'ember serve FILE.gguf', and 'ember run MODEL PROMPT' in another terminal.
            """,
        version: EmberVersion.current,
        subcommands: [
            ServeCommand.self, RunCommand.self, ChatCommand.self, PullCommand.self, AddCommand.self,
            RmCommand.self,
            PsCommand.self, TopCommand.self, LogsCommand.self, DoctorCommand.self,
            ReloadCommand.self, ExplainCommand.self, PolicyCommand.self, ContextCommand.self, ReplayCommand.self,
            PlanCommand.self,
            StateCommand.self,
            ModelsCommand.self, ConfigCommand.self,
            CompareCommand.self,
            SweepCommand.self, FitCommand.self, MergeCommand.self, SimulateCommand.self, ScenarioCommand.self,
            TraceCommand.self,
            VersionCommand.self, CompletionsCommand.self,
        ])

    static func main() async { await main(ProgramArguments.moved) }
}

struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "version", abstract: "Print Ember's version.")

    func run() { print("ember \(EmberVersion.current)") }
}

struct CompletionsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "completions",
        abstract: "Print a shell's completion script.",
        discussion: "For example: ember completions bash > /etc/bash_completion.d/ember")

    @Argument(help: "bash, zsh or fish.")
    var shell: Shell

    enum Shell: String, ExpressibleByArgument, CaseIterable { case bash, zsh, fish }

    func run() {
        let shell: CompletionShell =
            switch shell {
            case .bash: .bash
            case .zsh: .zsh
            case .fish: .fish
            }
        print(Ember.completionScript(for: shell))
    }
}
