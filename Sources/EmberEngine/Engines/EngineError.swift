public import EmberSystem

/// Why an engine did not start.
public struct EngineError: Error, Sendable, CustomStringConvertible {
    public enum Problem: Error, Sendable {
        /// The specification cannot work; the text names the field and the fix.
        case badSpecification(String)
        case process(ChildProcessError)
        case noRuntimeFolder(String)
        case noFreePort(String)
        /// The process ended before it was ready.
        case endedWhileStarting(ExitReason)
        case notReadyInTime(seconds: Double, lastAnswer: String)
        /// Something other than HTTP came from the engine's address.
        case notHTTP(String)
        /// The starting task was cancelled.
        case cancelled
    }

    /// The model's name.
    public let engine: String
    public let problem: Problem
    /// The last lines the engine wrote, oldest first; at most 50.
    public let lastLines: [String]
    /// True if the engine was to use a TCP port chosen for it, which another program may have taken: try again.
    public let mayBePortConflict: Bool

    /// One line for the user.
    public var description: String { "engine of model \"\(engine)\": \(problem)" }
}

extension EngineError {
    /// The line of the engine's output that most likely says why: the first of the last ones that sounds like an
    /// error (what follows it are mostly its consequences), else the last one.
    public var likelyCause: String? {
        let signs = ["error", "fail", "mismatch", "unable", "cannot", "can't", "invalid", "not found", "out of memory"]
        return lastLines.first { line in signs.contains { line.lowercased().contains($0) } } ?? lastLines.last
    }
}

extension EngineError.Problem: CustomStringConvertible {
    public var description: String {
        switch self {
        case .badSpecification(let why), .noRuntimeFolder(let why): why
        case .process(let error): error.description
        case .noFreePort(let why): "no free TCP port on 127.0.0.1: \(why)"
        case .endedWhileStarting(let reason):
            if case .cannotRun = reason.cause { "\(reason)" } else { "\(reason), before it was ready" }
        case .notReadyInTime(let seconds, let lastAnswer):
            "not ready within start_timeout (\(Duration.seconds(seconds))); its last answer: \(lastAnswer)"
        case .notHTTP(let what): "its answer is not HTTP: \(what)"
        case .cancelled: "the start was cancelled"
        }
    }

    /// Whether a port taken by another program in the meantime looks like this.
    var looksLikePortConflict: Bool {
        switch self {
        case .endedWhileStarting(let reason): reason.code != nil
        case .notHTTP: true
        default: false
        }
    }
}
