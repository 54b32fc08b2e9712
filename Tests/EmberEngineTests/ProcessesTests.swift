import EmberSystem
import Logging
import Synchronization
import Testing

@testable import EmberEngine

/// Programs that are none: they are started, or not, as their test says.
private final class PlayedProcesses: Processes {
    private let started = Mutex<[ChildCommand]>([])
    private let child: PlayedProcess?

    init(_ child: PlayedProcess?) { self.child = child }

    var commands: [ChildCommand] { started.withLock { $0 } }

    func start(_ command: ChildCommand, logger: Logger) async throws(ChildProcessError) -> any ChildProcess {
        started.withLock { $0.append(command) }
        guard let child else { throw .cannotStart("no process is left") }
        return child
    }

    func run(_ program: ProgramRun) async throws(ProgramProblem) -> ProgramOutput { throw .notFound }
}

/// Has ended before anything is asked of it.
private final class PlayedProcess: ChildProcess {
    let guardPid: Int32 = 0
    let enginePid: Int32 = 0
    let recentOutput = ["error: no such model"]
    private let reason = ExitReason(cause: .exited(code: 3), lastLines: ["error: no such model"])

    var exitIfEnded: ExitReason? { reason }
    func noteReady() {}
    func requestStop() {}
    func stop() async {}
    func kill() async {}
    func exit() async -> ExitReason { reason }
    func exitUnlessCancelled() async -> ExitReason? { reason }
}

@Suite struct ProcessesTests {
    private func start(_ processes: PlayedProcesses) async throws -> RunningEngine {
        var surroundings = Surroundings.system
        surroundings.processes = processes
        let spec = EngineSpec(name: "m", launch: .command(["program", "${socket}"]))
        return try await EngineProcess(
            spec: spec, directories: EngineDirectories(models: "/m", cache: "/c"), logger: quietLogger,
            surroundings: surroundings
        ).start()
    }

    @Test func aProgramThatCannotBeStartedIsAnError() async throws {
        let processes = PlayedProcesses(nil)
        let error = await #expect(throws: EngineError.self) { try await start(processes) }
        #expect(error?.description.contains("no process is left") == true)
        #expect(processes.commands.map(\.program) == ["program"])
    }

    @Test func aProgramThatEndsAtOnceIsAnError() async throws {
        let error = await #expect(throws: EngineError.self) { try await start(PlayedProcesses(PlayedProcess())) }
        #expect(error?.likelyCause == "error: no such model")
    }
}
