import ArgumentParser
import EmberConfig
import EmberServer
import EmberSystem
import Foundation

struct AddCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Add a model to the configuration, and to a running Ember.",
        discussion: """
            The model is a GGUF file, its name in the models folder, or a source as 'ember pull' takes it, from which it is \
            got first. Its section is written behind the others of the configuration file, whose other lines stay as they \
            are, and the running Ember reads the file again; if Ember does not take it, the file is as it was. An Ember that \
            serves a folder serves what is pulled into it by itself. A key, where one is needed, is taken from $EMBER_KEY.
            """)

    @Argument(help: "FILE.gguf, its name in the models folder, hf:owner/repo/file, https://..., or pypi:...")
    var model: String

    @Option(help: "The model's name (default: its file's).")
    var name: String?

    @OptionGroup var modelsFolder: ModelsFolderOptions

    @OptionGroup var running: RunningEmberOptions

    func run() async throws {
        let place = try await ServedConfiguration.find(modelsFolder, running)
        switch place.origin {
        case .files:
            throw CommandFailure(
                "the Ember at \(running.listen) serves the files that it was started with: write its configuration "
                    + "with 'ember serve FILE.gguf --print-config > ember.yaml', and start it with that")
        case .folder(let folder): try await add(toFolder: folder)
        case .file(let file): try await add(toFile: file, place)
        }
    }

    private var isSource: Bool { ["hf:", "https:", "http:", "pypi:"].contains { model.hasPrefix($0) } }

    private func add(toFolder folder: String) async throws {
        guard name == nil else { throw CommandFailure("--name: models of a folder have their files' names") }
        guard isSource else {
            throw CommandFailure(
                "the Ember at \(running.listen) serves the folder \(folder): move the file there, and it is served by "
                    + "itself")
        }
        let path = try await PullCommand.pull(model, into: folder)
        print("\(path) is in the folder \(folder), and is served within seconds")
    }

    private func add(toFile file: String, _ place: ServedConfiguration) async throws {
        let folder = try modelsFolder.folder(of: file)
        var path = FileOptions.path(model, in: folder)
        if isSource {
            path = try await PullCommand.pull(model, into: folder)
        } else if !SystemFiles().exists(path) {
            path = try CommandFailure.telling { () throws(FoundModelsError) in
                try ModelRemoval.find(model, stated: path, folder: folder, .system)
            }
        }
        let (added, section) = try CommandFailure.telling { () throws(FoundModelsError) in
            try FoundModels.section(ofFile: path, name: name, files: .system)
        }
        let edit = try ConfigurationEdit(
            file, try modelsFolder.options()
        ) { (text) throws(ConfigurationText.Problem) in
            try text.add(model: section)
        } expecting: { before, after in
            var rest = after
            rest.models.removeAll { $0.name == added }
            return rest == before && after.models.count == before.models.count + 1
        }
        try edit.write()
        try await place.take(edit)
        print(
            "added \(added) to \(file)"
                + (place.isRunning ? ", and it is served" : "; no Ember runs that could serve it"))
    }
}

/// The configuration that a command changes: a running Ember's, or, where none runs, the one that `ember serve` would
/// have.
struct ServedConfiguration {
    let origin: ConfigurationOrigin
    private let ember: RunningEmber?

    var isRunning: Bool { ember != nil }

    static func find(
        _ options: ModelsFolderOptions, _ running: RunningEmberOptions
    ) async throws -> ServedConfiguration {
        if let place = try await Self.running(running) {
            if let named = options.config.map(ConfigurationOptions.folders.path), place.origin != .file(named) {
                throw CommandFailure("the Ember at \(running.listen) does not serve \(named), but \(place.origin)")
            }
            return place
        }
        guard let file = ConfigurationOptions.file(options.config, ProcessInfo.processInfo.environment) else {
            throw CommandFailure(
                "no Ember answers at \(running.listen), and there is no configuration file: name one with --config")
        }
        return ServedConfiguration(origin: .file(file), ember: nil)
    }

    /// That of a running Ember; nil: none runs.
    static func running(_ running: RunningEmberOptions) async throws -> ServedConfiguration? {
        let ember = try running.connect()
        do { return ServedConfiguration(origin: try await ember.origin(), ember: ember) } catch is NoEmberAnswers {
            return nil
        }
    }

    /// Has the running Ember take what was written; if it does not, the file is as it was.
    func take(_ edit: ConfigurationEdit) async throws {
        guard let ember else { return }
        do { _ = try await ember.reload() } catch {
            try edit.takeBack()
            throw error
        }
    }
}

extension RunningEmber {
    /// Where its configuration comes from.
    func origin() async throws -> ConfigurationOrigin {
        try await ask(ConfigurationOrigin.self, .GET, "/ember/v1/config")
    }
}
