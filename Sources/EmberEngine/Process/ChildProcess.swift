public import EmberSystem
public import Logging

/// A program that runs under ember-guard: it and, on Linux, all that it has started end with Ember, whatever ends
/// Ember.
///
/// Letting go of the last reference stops the program.
public final class ChildProcess: Sendable {
    /// What to run.
    public struct Command: Sendable {
        /// A path, or a name to be found in PATH.
        public var program: String
        public var arguments: [String]
        /// Variables beside those inherited from Ember, which come without its secrets.
        public var environment: [String: String]
        /// nil: Ember's own.
        public var workingDirectory: String?
        /// How long the program may take to end after SIGTERM before it is killed; at most a day.
        public var stopGraceSeconds: Double

        public init(
            program: String,
            arguments: [String] = [],
            environment: [String: String] = [:],
            workingDirectory: String? = nil,
            stopGraceSeconds: Double = 10
        ) {
            self.program = program
            self.arguments = arguments
            self.environment = environment
            self.workingDirectory = workingDirectory
            self.stopGraceSeconds = stopGraceSeconds
        }
    }

    /// The guard's process id: the root of the tree of processes.
    public let guardPid: Int32
    /// The program's process id, which is also its process group's.
    public let enginePid: Int32
    private let run: GuardRun

    /// Starts the program, and returns once its process exists.
    ///
    /// A program that cannot be executed counts as started: it ends at once with `.cannotRun`.
    public static func start(
        _ command: Command, logger: Logger, time: TimeSource
    ) async throws(ChildProcessError) -> ChildProcess {
        let run = GuardRun(guardPath: try GuardProgram.path(), command: command, logger: logger)
        // Lasts as long as the guard does. It is never cancelled: it ends when the guard does.
        time.later { await run.perform() }
        return ChildProcess(run: run, pids: try await run.started.value().get())
    }

    private init(run: GuardRun, pids: GuardRun.Pids) {
        self.run = run
        guardPid = pids.guardProcess
        enginePid = pids.engine
    }

    deinit { requestStop() }

    /// The last lines written so far, oldest first; at most 50.
    public var recentOutput: [String] { run.recentOutput }

    /// From now on the program's end is the end of all that it has started. Before, one that ended well and left others
    /// running has gone into the background: these are the program then.
    public func noteReady() { run.order(.noteReady) }

    /// Lets the program be ended (SIGTERM, then SIGKILL after the grace), and returns at once.
    public func requestStop() { run.order(.stop) }

    /// Ends the program (SIGTERM, then SIGKILL after the grace) and waits until it has ended.
    public func stop() async {
        requestStop()
        _ = await run.ended.value()
    }

    /// Ends the program at once with SIGKILL, and waits until it has ended.
    public func kill() async {
        run.order(.kill)
        _ = await run.ended.value()
    }

    /// Waits for the program's end, also when the waiting task is cancelled.
    public func exit() async -> ExitReason { await run.ended.value() }

    /// Waits for the program's end; nil as soon as the waiting task is cancelled.
    public func exitUnlessCancelled() async -> ExitReason? { await run.ended.valueUnlessCancelled() }

    /// Why the program ended; nil while it runs.
    public var exitIfEnded: ExitReason? { run.ended.valueIfKnown }
}

/// Why a program could not be started.
public enum ChildProcessError: Error, Sendable, CustomStringConvertible {
    case guardNotFound(String)
    case cannotStart(String)

    public var description: String {
        switch self {
        case .guardNotFound(let path):
            "ember-guard is not at \(path): install it beside ember, or set \(GuardProgram.override) to its path"
        case .cannotStart(let why):
            "the process cannot be started: \(why)"
        }
    }
}
