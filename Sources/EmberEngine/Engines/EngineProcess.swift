public import Logging

/// Starts the child process of one engine.
public struct EngineProcess: Sendable {
    private let spec: EngineSpec
    private let directories: EngineDirectories
    private let logger: Logger

    /// - Parameter logger: gets the engine's output, line by line, at debug level.
    public init(spec: EngineSpec, directories: EngineDirectories, logger: Logger) {
        self.spec = spec
        self.directories = directories
        self.logger = logger
    }

    /// Starts the engine and returns once its health path answers 200.
    ///
    /// Whatever fails, no process and no file is left. Cancelling the task kills the engine and throws `.cancelled`.
    public func start() async throws(EngineError) -> RunningEngine {
        let began = ContinuousClock.now
        do throws(EngineError.Problem) {
            let folder = try RuntimeFolder.make()
            do throws(EngineError.Problem) {
                let plan = try LaunchPlan(spec: spec, directories: directories, socketPath: folder.socketPath)
                let probe = HealthProbe(address: plan.address, path: spec.healthPath)
                let child = try await spawn(plan)
                try await waitUntilReady(child, probe: probe)
                return RunningEngine(
                    name: spec.name, child: child, address: plan.address, folder: folder, probe: probe,
                    watchdog: spec.watchdog, loadTime: began.duration(to: .now))
            } catch {
                folder.remove()
                throw error
            }
        } catch {
            throw failure(error)
        }
    }

    private func spawn(_ plan: LaunchPlan) async throws(EngineError.Problem) -> ChildProcess {
        do {
            return try await ChildProcess.start(plan.command, logger: logger)
        } catch {
            throw .process(error)
        }
    }

}
