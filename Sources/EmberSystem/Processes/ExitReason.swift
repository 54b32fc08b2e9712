/// Why a child process ended, with the last lines it wrote.
public struct ExitReason: Sendable, CustomStringConvertible {
    /// How it ended.
    public enum Cause: Sendable, Equatable {
        case exited(code: Int32)
        case signalled(Int32)
        /// The program could not be run at all; the text names it and says why.
        case cannotRun(String)
        /// The guard was killed; the engine and its process group were killed in turn.
        case guardLost
    }

    public let cause: Cause
    /// The last lines of standard output and standard error, oldest first; at most 50.
    public let lastLines: [String]

    public init(cause: Cause, lastLines: [String]) {
        self.cause = cause
        self.lastLines = lastLines
    }

    /// The exit code, if it exited by itself.
    public var code: Int32? {
        if case .exited(let code) = cause { code } else { nil }
    }

    /// The number of the signal that ended it, if one did.
    public var signal: Int32? {
        if case .signalled(let signal) = cause { signal } else { nil }
    }

    /// One line, such as "exited with code 1".
    public var description: String {
        switch cause {
        case .exited(let code): "exited with code \(code)"
        case .signalled(let signal): "was ended by signal \(signal)"
        case .cannotRun(let why): "cannot run \(why)"
        case .guardLost: "was killed because its guard process was"
        }
    }
}
