public import Logging

/// The programs that Ember starts: the one way to them.
///
/// `SystemProcesses` are the machine's own. A test puts others in their place, to have programs that fail.
public protocol Processes: Sendable {
    /// Starts a program that ends with Ember, whatever ends Ember; returns once its process exists.
    ///
    /// A program that cannot be executed counts as started: it ends at once with `.cannotRun`.
    func start(_ command: ChildCommand, logger: Logger) async throws(ChildProcessError) -> any ChildProcess

    /// Runs a program to its end, which is the task's cancellation at the latest.
    func run(_ program: ProgramRun) async throws(ProgramProblem) -> ProgramOutput
}

/// A program that was started, and ends with Ember.
///
/// Letting go of the last reference stops it.
public protocol ChildProcess: AnyObject, Sendable {
    /// The root of the tree of processes.
    var guardPid: Int32 { get }
    /// The program's own process id.
    var enginePid: Int32 { get }
    /// The last lines written so far, oldest first; at most 50.
    var recentOutput: [String] { get }
    /// Why the program ended; nil while it runs.
    var exitIfEnded: ExitReason? { get }

    /// From now on the program's end is the end of all that it has started. Before, one that ended well and left others
    /// running has gone into the background: these are the program then.
    func noteReady()
    /// Lets the program be ended (SIGTERM, then SIGKILL after the grace), and returns at once.
    func requestStop()
    /// Ends the program (SIGTERM, then SIGKILL after the grace) and waits until it has ended.
    func stop() async
    /// Ends the program at once with SIGKILL, and waits until it has ended.
    func kill() async
    /// Waits for the program's end, also when the waiting task is cancelled.
    func exit() async -> ExitReason
    /// Waits for the program's end; nil as soon as the waiting task is cancelled.
    func exitUnlessCancelled() async -> ExitReason?
}

/// What to start.
public struct ChildCommand: Sendable {
    /// A path, or a name to be found in PATH.
    public var program: String
    public var arguments: [String]
    /// Variables beside those inherited from Ember, which come without its secrets.
    public var environment: [String: String]
    /// nil: Ember's own.
    public var workingDirectory: String?
    /// How long the program may take to end after SIGTERM before it is killed; at most a day.
    public var stopGraceSeconds: Double
    /// Receives each line that it writes; must not block.
    public var whenWritten: (@Sendable (String) -> Void)?

    public init(
        program: String, arguments: [String] = [], environment: [String: String] = [:],
        workingDirectory: String? = nil, stopGraceSeconds: Double = 10
    ) {
        self.program = program
        self.arguments = arguments
        self.environment = environment
        self.workingDirectory = workingDirectory
        self.stopGraceSeconds = stopGraceSeconds
    }
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

/// What to run to its end.
public struct ProgramRun: Sendable {
    public var program: String
    public var arguments: [String]
    /// All variables that it has.
    public var environment: [String: String]
    /// nil: Ember's own.
    public var workingDirectory: String?
    /// How long the program may take to end after SIGTERM, where its task is cancelled, before it is killed.
    public var stopGraceSeconds: Double
    /// A program that writes more has failed.
    public var outputLimit: Int

    /// - Parameter program: a path, or a name to be found in PATH.
    public init(
        program: String, arguments: [String], environment: [String: String], workingDirectory: String? = nil,
        stopGraceSeconds: Double, outputLimit: Int
    ) {
        self.program = program
        self.arguments = arguments
        self.environment = environment
        self.workingDirectory = workingDirectory
        self.stopGraceSeconds = stopGraceSeconds
        self.outputLimit = outputLimit
    }
}

/// What a program that has ended has left.
public struct ProgramOutput: Sendable {
    public let succeeded: Bool
    public let text: String
    public let errors: String

    public init(succeeded: Bool, text: String, errors: String) {
        (self.succeeded, self.text, self.errors) = (succeeded, text, errors)
    }
}

/// Why a program could not be run to its end.
public enum ProgramProblem: Error, Sendable, CustomStringConvertible {
    case notFound
    case failed(String)

    public var description: String {
        switch self {
        case .notFound: "there is no such program"
        case .failed(let reason): reason
        }
    }
}
