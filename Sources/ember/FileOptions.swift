import ArgumentParser
import EmberConfig
import EmberServer
import EmberSystem
import Foundation

/// Models that are named by their files, or by their folder, in place of a configuration.
struct FileOptions: ParsableArguments {
    @Argument(
        help: "GGUF files to serve without a configuration: paths, or names in the models folder.",
        completion: .file(extensions: ["gguf"]))
    var files: [String] = []

    /// The models and the configuration that serves them; nil where a configuration is to be read.
    func read(
        _ options: ConfigurationOptions
    ) throws -> (found: FoundModels, configuration: Configuration, folders: ConfigurationFolders)? {
        guard let found = try finder(options)() else { return nil }
        for note in found.notes { StandardError.write("warning: not served: \(note)") }
        let (configuration, folders) = try options.read(text: found.configurationText(), source: Self.source)
        return (found, configuration, folders)
    }

    /// What messages call the configuration of found models.
    static let source = "the files' models"

    /// Finds the models as they are then; nil where a configuration is to be read.
    func finder(_ options: ConfigurationOptions) throws -> @Sendable () throws -> FoundModels? {
        if !files.isEmpty, options.config != nil {
            throw CommandFailure("--config and files exclude each other: write the files' paths into the configuration")
        }
        let folder = options.namedModelsFolder
        let paths = files.map { Self.path($0, in: folder ?? ConfigurationOptions.folders.defaultModels) }
        let hasFile = options.hasFile
        return {
            do throws(FoundModelsError) {
                if !paths.isEmpty { return try FoundModels(paths: paths, files: .system) }
                guard let folder, !hasFile else { return nil }
                return try FoundModels(folder: folder, files: .system)
            } catch {
                throw CommandFailure("\(error)")
            }
        }
    }

    /// A file as it was named; what is not there may be in the models folder.
    static func path(_ file: String, in folder: String) -> String {
        let stated = ConfigurationOptions.folders.path(file)
        let inFolder = folder + "/" + file
        return !SystemFiles().exists(stated) && SystemFiles().exists(inFolder) ? inFolder : stated
    }
}
