import ArgumentParser
import EmberConfig
import EmberServer
import EmberSystem
import Foundation
import Logging

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Serve models at one OpenAI-compatible endpoint.",
        discussion: """
            Without a configuration, 'ember serve FILE.gguf' serves files, and 'ember serve --models-dir FOLDER' all models of a \
            folder and of the folders in it. A model has its file's name; embedding models, rerankers and projectors are \
            recognised by their headers, and a projector goes to the one language model beside it. Models whose files come into \
            the folder, or leave it, come and go while Ember runs. --print-config prints the configuration that serves the \
            same, to go on from.

            SIGHUP and 'ember reload' have Ember read its configuration again; with --watch it does so by itself, once the \
            file has been quiet for 2 s.

            SIGTERM or Ctrl-C refuses what waits, lets running requests finish for as long as drain_timeout says, then ends \
            them. A second one ends everything at once. Engines never outlive Ember.
            """)

    @OptionGroup var files: FileOptions

    @OptionGroup var options: ConfigurationOptions

    @Flag(help: "Print the configuration that serves these files or this folder, and do not serve.")
    var printConfig = false

    @Flag(help: "Read the configuration file again as soon as it changes.")
    var watch = false

    @Option(help: "trace, debug, info, notice, warning or error. [LOG_LEVEL]")
    var logLevel = ProcessInfo.processInfo.environment["LOG_LEVEL"] ?? "info"

    @Option(help: "text or json: what a line of the log looks like; goes before the configuration's log.format.")
    var logFormat: String?

    func validate() throws {
        guard Logger.Level(rawValue: logLevel) != nil else {
            throw ValidationError("--log-level \(logLevel) is not a level; write info, debug, warning or error")
        }
        if let logFormat, LogFormat(rawValue: logFormat) == nil {
            throw ValidationError("--log-format \(logFormat) is not a format; write text or json")
        }
    }

    func run() async throws {
        let level = Logger.Level(rawValue: logLevel) ?? .info
        let form = LogForm(logFormat.flatMap { LogFormat(rawValue: $0) })
        LoggingSystem.bootstrap { label in
            StandardErrorLog(label: label, level, form)
        }
        if printConfig { return try printConfiguration() }
        let logger = Logger(label: "ember")
        let signals = OperatorSignals(logger)
        OpenFiles.raiseLimit()
        let source = try ServeSource(files, options, signals.reloads, watchesFile: watch, logger)
        form.take(source.configuration.log)
        let listen = source.configuration.network.listen
        let run = ServerRun(source.configuration, source.folders, logger, reload: source.reload)
        try await run.run(until: signals.orders) { banner, address in
            print(banner.text(address: address, listen: listen))
            // The standard output may be a pipe, and its reader should not wait for a full buffer.
            fflush(nil)
        }
    }

    private func printConfiguration() throws {
        guard let (found, configuration, _) = try files.read(options) else {
            throw CommandFailure(
                "--print-config is for files, or for --models-dir without a configuration: name some, as in "
                    + "'ember serve FILE.gguf --print-config'")
        }
        print(found.configurationText(FoundModels.settings(of: configuration)), terminator: "")
    }
}
