/// Why there are no bounds; each is one line.
public enum SolverError: Error, Sendable, Equatable, CustomStringConvertible {
    case missing
    /// What names the program, and the program that it names.
    case noProgram(source: String, path: String)
    case cannotRun(program: String, reason: String)
    /// The last line that the solver wrote.
    case failed(program: String, lastLine: String)
    case outOfTime(seconds: Int)
    case tooLarge(stays: Int, most: Int)
    case files(reason: String)
    case interrupted

    public var description: String {
        switch self {
        case .missing:
            "bounds need the solver HiGHS, which was not found; run make setup, or install HiGHS and name its program "
                + "highs with --solver or EMBER_HIGHS"
        case .noProgram(let source, let path):
            "\(source) names \(path), which is no program; name HiGHS's program highs"
        case .cannotRun(let program, let reason): "the solver \(program) cannot be run: \(reason)"
        case .failed(let program, let lastLine): "the solver \(program) failed: \(lastLine)"
        case .outOfTime(let seconds):
            "the solver did not end within \(seconds) s; allow more with --solver-seconds, or use fewer slots"
        case .tooLarge(let stays, let most):
            "the scenario is too large for bounds (\(stays) times of residence, at most \(most)); use fewer slots"
        case .files(let reason): "the solver's files cannot be written: \(reason)"
        case .interrupted: "interrupted"
        }
    }
}
