import EmberEngine
import EmberSystem

/// Whether llama-server is there, and runs.
struct EngineCheck: Sendable {
    let search: LlamaServerSearch
    /// Whether a model needs it.
    let isNeeded: Bool
    let environment: [String: String]
    let time: TimeSource
    let processes: any Processes

    private static let subject = "engine"
    private static let patience = Duration.seconds(10)
    private static let outputLimit = 64 << 10

    func finding() async -> Finding {
        guard let program = search.find() else {
            return Finding(
                Self.subject, isNeeded ? .problem : .warning,
                "no llama-server (looked at \(search.places.joined(separator: ", ")))",
                fix: "run 'make setup', or set llama_server or EMBER_LLAMA_SERVER to its path")
        }
        let run = ProgramRun(
            program: program, arguments: ["--version"],
            environment: ChildEnvironment.compose(inherited: environment, explicit: [:]), stopGraceSeconds: 1,
            outputLimit: Self.outputLimit)
        do throws(ProgramProblem) {
            let output = try await time.within(Self.patience) { [processes] () async throws(ProgramProblem) in
                try await processes.run(run)
            }
            guard let output else { return failure(program, "has not answered --version within 10 s") }
            let lines = (output.text + "\n" + output.errors).split(whereSeparator: \.isNewline)
            guard output.succeeded else {
                return failure(program, "does not run: \(OneLine.of(String(lines.last ?? "it says nothing")))")
            }
            let version = lines.first { $0.contains("version") } ?? lines.first ?? "it says no version"
            return Finding(Self.subject, "\(program), \(OneLine.of(String(version)))")
        } catch {
            return failure(program, "does not run: \(OneLine.of(error.description))")
        }
    }

    private func failure(_ program: String, _ what: String) -> Finding {
        Finding(
            Self.subject, isNeeded ? .problem : .warning, "\(program) \(what)",
            fix: "run 'make setup', or set llama_server or EMBER_LLAMA_SERVER to another one")
    }
}

/// Whether engines can be started so that they end with Ember.
enum GuardCheck {
    static var finding: Finding {
        do throws(ChildProcessError) { return Finding("ember-guard", try GuardProgram.path()) } catch {
            return Finding(
                "ember-guard", .problem, "not there, and every engine is started through it", fix: error.description)
        }
    }
}
