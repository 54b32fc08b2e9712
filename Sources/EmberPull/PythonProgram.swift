import EmberSystem

/// Runs the system's Python with arguments, never through a shell.
struct PythonProgram: Sendable {
    private static let outputLimit = 4 * 1_048_576

    let settings: PullSettings
    /// Where the program keeps temporary files: on the disk with space for models.
    let temporaryFolder: String

    /// Runs to the end, or until the task is cancelled.
    ///
    /// - Throws: `PullError.noPython`, or `.packageFailed` when the program cannot be run for `package`.
    func run(_ arguments: [String], for package: String) async throws(PullError) -> ProgramOutput {
        let program = ProgramRun(
            program: settings.python, arguments: arguments, environment: variables, stopGraceSeconds: 2,
            outputLimit: Self.outputLimit)
        do throws(ProgramProblem) { return try await settings.surroundings.processes.run(program) } catch {
            switch error {
            case .notFound: throw .noPython(program: settings.python)
            case .failed(let reason): throw .packageFailed(package: package, reason: reason)
            }
        }
    }

    /// pip itself does not read SSL_CERT_FILE.
    private var certificates: [String: String] {
        guard settings.environment["PIP_CERT"] == nil, settings.environment["REQUESTS_CA_BUNDLE"] == nil,
            let file = settings.network.certificates
        else { return [:] }
        return ["PIP_CERT": file.path]
    }

    private var variables: [String: String] {
        ChildEnvironment.compose(
            inherited: settings.environment,
            explicit: ["TMPDIR": temporaryFolder].merging(certificates) { own, _ in own })
    }
}

extension ProgramOutput {
    /// The line of the error output that says most: pip's last error, else the last line.
    var reason: String {
        let lines = errors.split(whereSeparator: \.isNewline)
        let line = lines.last { $0.hasPrefix("ERROR:") }?.dropFirst("ERROR:".count) ?? lines.last
        return OneLine.of(String(line ?? "no reason given"))
    }
}
