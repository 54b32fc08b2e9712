import EmberSystem
import Subprocess

/// Runs the system's Python with arguments, never through a shell.
struct PythonProgram: Sendable {
    struct Output: Sendable {
        let succeeded: Bool
        let text: String
        let errors: String

        /// The line of the error output that says most: pip's last error, else the last line.
        var reason: String {
            let lines = errors.split(whereSeparator: \.isNewline)
            let line = lines.last { $0.hasPrefix("ERROR:") }?.dropFirst("ERROR:".count) ?? lines.last
            return OneLine.of(String(line ?? "no reason given"))
        }
    }

    private static let outputLimit = 4 * 1_048_576

    let settings: PullSettings
    /// Where the program keeps temporary files: on the disk with space for models.
    let temporaryFolder: String

    /// Runs to the end, or until the task is cancelled.
    ///
    /// - Throws: `PullError.noPython`, or `.packageFailed` when the program cannot be run for `package`.
    func run(_ arguments: [String], for package: String) async throws(PullError) -> Output {
        var options = PlatformOptions()
        options.teardownSequence = [.gracefulShutDown(allowedDurationToNextStep: .seconds(2))]
        do {
            let result = try await Subprocess.run(
                .name(settings.python), arguments: Arguments(arguments), environment: .custom(variables),
                platformOptions: options, output: .string(limit: Self.outputLimit),
                error: .string(limit: Self.outputLimit))
            return Output(
                succeeded: result.terminationStatus.isSuccess, text: result.standardOutput,
                errors: result.standardError)
        } catch let error as SubprocessError where error.code == .executableNotFound {
            throw .noPython(program: settings.python)
        } catch {
            throw .packageFailed(package: package, reason: OneLine.of("\(error)"))
        }
    }

    /// pip itself does not read SSL_CERT_FILE.
    private var certificates: [String: String] {
        guard settings.environment["PIP_CERT"] == nil, settings.environment["REQUESTS_CA_BUNDLE"] == nil,
            let file = settings.network.certificates
        else { return [:] }
        return ["PIP_CERT": file.path]
    }

    private var variables: [Environment.Key: String] {
        let composed = ChildEnvironment.compose(
            inherited: settings.environment,
            explicit: ["TMPDIR": temporaryFolder].merging(certificates) { own, _ in own })
        return Dictionary(uniqueKeysWithValues: composed.map { (Environment.Key(stringLiteral: $0), $1) })
    }
}
