import ArgumentParser
import EmberConfig
import EmberSystem
import Foundation

/// Which models folder a command means that needs nothing else of a configuration.
struct ModelsFolderOptions: ParsableArguments {
    @Option(
        name: .shortAndLong, help: "The configuration file, whose models_dir counts (looked for as by ember serve).",
        completion: .file(extensions: ["yaml", "yml"]))
    var config: String?

    @Option(
        help: "The models folder (default: models_dir of the configuration, or the cache's). [EMBER_MODELS_DIR]",
        completion: .directory)
    var modelsDir: String?

    /// The same for a whole configuration.
    func options() throws -> ConfigurationOptions {
        try ConfigurationOptions.parse(
            (config.map { ["--config", $0] } ?? []) + (modelsDir.map { ["--models-dir", $0] } ?? []))
    }

    /// The folder, as `ember serve` would have it.
    func folder() throws -> String {
        try folder(of: ConfigurationOptions.file(config, ProcessInfo.processInfo.environment))
    }

    /// The folder that a configuration file has, unless it is said outside of it.
    func folder(of file: String?) throws -> String {
        let environment = ProcessInfo.processInfo.environment
        let overrides = ConfigurationOverrides(environment: environment, modelsDir: modelsDir)
        // What is said outside of a file needs none.
        let isOverridden = modelsDir != nil || environment["EMBER_MODELS_DIR"].map { !$0.isEmpty } == true
        let file = isOverridden ? nil : file
        let folders = ConfigurationFolders.standard(
            environment: environment, working: SystemFiles.workingFolder, configurationFile: file)
        do throws(ConfigurationError) {
            return try ConfigurationReader(environment: environment, folders: folders, files: .init(.system))
                .modelsFolder(file: file, overrides: overrides)
        } catch {
            throw CommandFailure("\(error)\n--models-dir FOLDER names the models folder without a configuration")
        }
    }
}
