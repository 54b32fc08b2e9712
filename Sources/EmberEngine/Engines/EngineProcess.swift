public import EmberSystem
public import Logging

/// Starts the child process of one engine.
public struct EngineProcess: Sendable {
    private let spec: EngineSpec
    private let directories: EngineDirectories
    private let logger: Logger
    private let surroundings: Surroundings
    private let whenWritten: (@Sendable (String) -> Void)?
    private var time: TimeSource { surroundings.time }

    /// - Parameters:
    ///   - logger: gets the engine's output, line by line, at debug level.
    ///   - whenWritten: receives the same lines; must not block.
    public init(
        spec: EngineSpec, directories: EngineDirectories, logger: Logger, surroundings: Surroundings,
        whenWritten: (@Sendable (String) -> Void)? = nil
    ) {
        self.spec = spec
        self.directories = directories
        self.logger = logger
        self.surroundings = surroundings
        self.whenWritten = whenWritten
    }

    /// Starts the engine and returns once its health path answers 200.
    ///
    /// Whatever fails, no process and no file is left. Cancelling the task kills the engine and throws `.cancelled`.
    public func start() async throws(EngineError) -> RunningEngine {
        let began = time.now
        let folder = try attempt(RuntimeFolder.make)
        do throws(EngineError) {
            let plan = try attempt { () throws(EngineError.Problem) in
                try LaunchPlan(spec: spec, directories: directories, socketPath: folder.socketPath)
            }
            let child = try await spawn(plan)
            let probe = HealthProbe(address: plan.address, path: spec.healthPath)
            let answerTime = try await waitUntilReady(child, probe: probe, address: plan.address)
            child.noteReady()
            return RunningEngine(
                child: child, address: plan.address, folder: folder, probe: probe,
                watchdog: spec.watchdog.allowing(answerTime),
                loadTime: time.now - began, time: time)
        } catch {
            folder.remove()
            throw error
        }
    }

    private func spawn(_ plan: LaunchPlan) async throws(EngineError) -> any ChildProcess {
        var command = plan.command
        command.whenWritten = whenWritten
        do {
            return try await surroundings.processes.start(command, logger: logger)
        } catch {
            throw failure(.process(error))
        }
    }

    private func waitUntilReady(
        _ child: any ChildProcess, probe: HealthProbe, address: EngineAddress
    ) async throws(EngineError) -> Duration {
        do {
            return try await Readiness(
                child: child, probe: probe, timeoutSeconds: spec.startTimeoutSeconds, time: time
            ).wait()
        } catch {
            await child.kill()
            throw failure(error, lastLines: child.recentOutput, address: address)
        }
    }

    private func attempt<Value>(
        _ body: () throws(EngineError.Problem) -> Value
    ) throws(EngineError) -> Value {
        do {
            return try body()
        } catch {
            throw failure(error)
        }
    }

    private func failure(
        _ problem: EngineError.Problem, lastLines: [String] = [], address: EngineAddress? = nil
    ) -> EngineError {
        var mayBePortConflict = false
        if case .loopback = address { mayBePortConflict = problem.looksLikePortConflict }
        return EngineError(
            engine: spec.name, problem: problem, lastLines: lastLines, mayBePortConflict: mayBePortConflict)
    }
}
