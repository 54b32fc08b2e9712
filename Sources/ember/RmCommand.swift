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
            A file that the configuration or a running Ember uses is not removed, nor one outside of the models folder. Which \
            Ember runs is asked at the address of --listen. A key, where one is needed, is taken from $EMBER_KEY.
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
        if let file = ConfigurationOptions.file(modelsFolder.config, ProcessInfo.processInfo.environment) {
            try refuse(listed, usedBy: removal.models(of: configuration(file)), of: file)
        }
        try refuse(listed, usedBy: await runningModels(removal), of: "the Ember at \(running.listen)")
        guard try yes || confirms("Remove \(listed) (\(Bytes(removal.bytes).megabytes))? [y/N] ") else {
            return print("not removed")
        }
        do throws(FileProblem) { try removal.perform() } catch { throw CommandFailure("\(error)") }
        print("removed \(listed)")
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
