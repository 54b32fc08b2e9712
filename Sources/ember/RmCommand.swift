import ArgumentParser
import EmberConfig
import EmberCore
import EmberServer
import EmberSystem
import Foundation

struct RmCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rm", abstract: "Remove a model's file from the models folder; all parts of a split one.",
        discussion: """
            The models that a running Ember's configuration file makes of it are taken out of that first, and Ember reloads it; \
            an Ember that serves a folder does without the model by itself. A file that is used otherwise is not removed, nor \
            one outside of the models folder. Which Ember runs is asked at the address of --listen. A key, where one is \
            needed, is taken from $EMBER_KEY.
            """)

    @Argument(help: "The file, its name in the models folder, or the model's name as 'ember serve FILE.gguf' makes it.")
    var model: String

    @OptionGroup var modelsFolder: ModelsFolderOptions

    @OptionGroup var running: RunningEmberOptions

    @Flag(name: .shortAndLong, help: "Remove it without asking.")
    var yes = false

    func run() async throws {
        let removal = try removal()
        let listed = removal.paths.joined(separator: ", ")
        let place = try await ServedConfiguration.running(running)
        var (file, names): (String?, [String]) = (nil, [])
        if case .file(let path) = place?.origin {
            (file, names) = (path, try removal.models(of: configuration(path)))
        }
        try await checkUse(of: removal, listed, place, except: file, names)
        let models = names.isEmpty ? "" : "\(names.joined(separator: ", ")) from \(file ?? ""), and "
        guard try yes || confirms("Remove \(models)\(listed) (\(Bytes(removal.bytes).megabytes))? [y/N] ") else {
            return print("not removed")
        }
        if let place, let file, !names.isEmpty {
            let edit = try edit(file, removing: names)
            try edit.write()
            try await place.take(edit)
        }
        do throws(FileProblem) { try removal.perform() } catch { throw CommandFailure("\(error)") }
        print("removed \(models)\(listed)")
    }

    /// - Parameters:
    ///   - file: the running Ember's configuration, from which these models are to be taken.
    private func checkUse(
        of removal: ModelRemoval, _ listed: String, _ place: ServedConfiguration?, except file: String?,
        _ names: [String]
    ) async throws {
        let own = ConfigurationOptions.file(modelsFolder.config, ProcessInfo.processInfo.environment)
        if let own, own != file {
            try refuse(listed, usedBy: removal.models(of: configuration(own)), of: own)
        }
        if case .folder = place?.origin { return }
        let others = try await runningModels(removal).filter { !names.contains($0) }
        try refuse(listed, usedBy: others, of: "the Ember at \(running.listen)")
    }

    private func edit(_ file: String, removing names: [String]) throws -> ConfigurationEdit {
        try ConfigurationEdit(file, try modelsFolder.options()) { (text) throws(ConfigurationText.Problem) in
            for name in names { try text.remove(model: name) }
        } expecting: { before, after in
            var rest = before
            rest.models.removeAll { names.contains($0.name) }
            return rest == after
        }
    }

    private func removal() throws -> ModelRemoval {
        let folder = try modelsFolder.folder()
        do throws(FoundModelsError) {
            return try ModelRemoval(
                model, stated: ConfigurationOptions.folders.path(model), folder: folder, files: .system)
        } catch {
            throw CommandFailure("\(error)")
        }
    }

    /// What cannot be understood may use the file.
    private func configuration(_ file: String) throws -> Configuration {
        let environment = ProcessInfo.processInfo.environment
        let folders = ConfigurationFolders.standard(
            environment: environment, working: SystemFiles.workingFolder, configurationFile: file)
        let reader = ConfigurationReader(environment: environment, folders: folders, files: .init(.system))
        let overrides = ConfigurationOverrides(environment: environment, modelsDir: modelsFolder.modelsDir)
        do throws(ConfigurationError) { return try reader.read(file: file, overrides: overrides).configuration } catch {
            throw CommandFailure("\(error)")
        }
    }

    private func runningModels(_ removal: ModelRemoval) async throws -> [String] {
        do {
            let models = try await running.connect().state().models
            return models.filter { removal.isUsed(by: $0.engine.files ?? []) }.map(\.name)
        } catch is NoEmberAnswers {
            return []
        }
    }

    private func refuse(_ files: String, usedBy models: [String], of place: String) throws {
        guard !models.isEmpty else { return }
        throw CommandFailure(
            "\(files) is used by \(models.joined(separator: ", ")) of \(place): take it out of there first")
    }

    private func confirms(_ question: String) throws -> Bool {
        guard Terminal.isConversation else {
            throw CommandFailure("nothing is removed without an answer: write --yes, or ask at a terminal")
        }
        try Terminal.write(question)
        return ["y", "yes"].contains((readLine() ?? "").trimmingCharacters(in: .whitespaces).lowercased())
    }
}
