public import Logging
import Subprocess

/// The machine's own processes.
public struct SystemProcesses: Processes {
    private let time: TimeSource
    private let random: RandomSource

    public init(time: TimeSource, random: RandomSource) { (self.time, self.random) = (time, random) }

    public func start(_ command: ChildCommand, logger: Logger) async throws(ChildProcessError) -> any ChildProcess {
        let run = GuardRun(
            guardPath: try GuardProgram.path(), command: command, group: ControlGroup.make(random), logger: logger)
        // Lasts as long as the guard does. It is never cancelled: it ends when the guard does.
        time.later { await run.perform() }
        return GuardedProcess(run: run, pids: try await run.started.value().get())
    }

    public func run(_ program: ProgramRun) async throws(ProgramProblem) -> ProgramOutput {
        var options = PlatformOptions()
        if program.stopGraceSeconds > 0 {
            options.teardownSequence = [
                .gracefulShutDown(allowedDurationToNextStep: .seconds(program.stopGraceSeconds))
            ]
        }
        do {
            let result = try await Subprocess.run(
                program.program.contains("/") ? .path(.init(program.program)) : .name(program.program),
                arguments: Arguments(program.arguments), environment: .custom(Self.keyed(program.environment)),
                workingDirectory: program.workingDirectory.map { .init($0) }, platformOptions: options,
                output: .string(limit: program.outputLimit), error: .string(limit: program.outputLimit))
            return ProgramOutput(
                succeeded: result.terminationStatus.isSuccess, text: result.standardOutput,
                errors: result.standardError)
        } catch let error as SubprocessError where error.code == .executableNotFound {
            throw .notFound
        } catch {
            throw .failed(OneLine.of("\(error)"))
        }
    }

    static func keyed(_ variables: [String: String]) -> [Environment.Key: String] {
        Dictionary(uniqueKeysWithValues: variables.map { (Environment.Key(stringLiteral: $0), $1) })
    }
}
