import ArgumentParser
import EmberConfig
import EmberCore
import EmberSystem
import Foundation

/// Where the configuration comes from, and what overrides it; shared by all commands that need it.
struct ConfigurationOptions: ParsableArguments {
    @Option(
        name: .shortAndLong,
        help: "The configuration file (default: $EMBER_CONFIG, ./ember.yaml, ~/.config/ember/ember.yaml).",
        completion: .file(extensions: ["yaml", "yml"]))
    var config: String?

    @Option(help: "Address to listen on: HOST:PORT or unix:PATH. [EMBER_LISTEN]")
    var listen: String?

    @Option(
        help: "How victims are chosen, such as lru or regret-forecast:horizon=20. [EMBER_POLICY]",
        completion: .list(PolicyCatalog.names))
    var policy: String?

    @Option(help: "Memory for all models, such as 8GiB or 60%. [EMBER_MEMORY_BUDGET]")
    var memoryBudget: String?

    @Option(help: "The folder that model paths are relative to. [EMBER_MODELS_DIR]", completion: .directory)
    var modelsDir: String?

    /// The configuration with its folders; prints warnings to standard error.
    func read() throws -> (configuration: Configuration, folders: ConfigurationFolders, path: String) {
        let environment = ProcessInfo.processInfo.environment
        let path = try Self.requiredFile(config, environment)
        let (configuration, folders) = try Self.warned { () throws(ConfigurationError) in try reading(file: path) }
        return (configuration, folders, path)
    }

    /// The configuration of a file, with its warnings.
    func reading(
        file path: String
    ) throws(ConfigurationError) -> (reading: ConfigurationReading, folders: ConfigurationFolders) {
        let (reader, overrides) = reading(ProcessInfo.processInfo.environment, of: path)
        return (try reader.read(file: path, overrides: overrides), reader.folders)
    }

    /// The same of a text.
    func reading(
        text: String, source: String
    ) throws(ConfigurationError) -> (reading: ConfigurationReading, folders: ConfigurationFolders) {
        let (reader, overrides) = reading(ProcessInfo.processInfo.environment, of: nil)
        return (try reader.read(text: text, source: source, overrides: overrides), reader.folders)
    }

    /// The configuration of a text, with the same overrides.
    ///
    /// - Parameter source: what messages call it.
    func read(text: String, source: String) throws -> (configuration: Configuration, folders: ConfigurationFolders) {
        try Self.warned { () throws(ConfigurationError) in try reading(text: text, source: source) }
    }

    /// The same of a text that a file may have.
    func reading(
        text: String, ofFile path: String
    ) throws(ConfigurationError) -> (reading: ConfigurationReading, folders: ConfigurationFolders) {
        let (reader, overrides) = reading(ProcessInfo.processInfo.environment, of: path)
        return (try reader.read(text: text, source: path, overrides: overrides), reader.folders)
    }

    /// Whether a configuration file is named, or is in one of the usual places.
    var hasFile: Bool { Self.file(config, ProcessInfo.processInfo.environment) != nil }

    /// The models folder that a flag or a variable names.
    var namedModelsFolder: String? { Self.namedModelsFolder(modelsDir) }

    /// - Parameter flag: what the flag says; nil: it is not there.
    static func namedModelsFolder(_ flag: String? = nil) -> String? {
        let named = flag ?? ProcessInfo.processInfo.environment["EMBER_MODELS_DIR"]
        return named.flatMap { $0.isEmpty ? nil : folders.path($0) }
    }

    private func reading(
        _ environment: [String: String], of file: String?
    ) -> (ConfigurationReader, ConfigurationOverrides) {
        let folders = ConfigurationFolders.standard(
            environment: environment, working: SystemFiles.workingFolder, configurationFile: file)
        let overrides = ConfigurationOverrides(
            environment: environment, listen: listen, policy: policy, memoryBudget: memoryBudget,
            modelsDir: modelsDir)
        return (ConfigurationReader(environment: environment, folders: folders, files: .init(.system)), overrides)
    }

    /// What was read; its warnings go to standard error.
    private static func warned(
        _ read: () throws(ConfigurationError) -> (reading: ConfigurationReading, folders: ConfigurationFolders)
    ) throws -> (configuration: Configuration, folders: ConfigurationFolders) {
        do throws(ConfigurationError) {
            let (reading, folders) = try read()
            for warning in reading.warnings { StandardError.write("warning: \(warning)") }
            return (reading.configuration, folders)
        } catch {
            throw CommandFailure("\(error)")
        }
    }

    /// The folders alone, for commands that need no configuration.
    static var folders: ConfigurationFolders {
        ConfigurationFolders.standard(
            environment: ProcessInfo.processInfo.environment, working: SystemFiles.workingFolder)
    }

    /// The configuration file, or nil where there is none.
    ///
    /// - Parameter named: the one that the command line names.
    static func file(_ named: String?, _ environment: [String: String]) -> String? {
        if let named { return folders.path(named) }
        if let named = environment["EMBER_CONFIG"], !named.isEmpty { return folders.path(named) }
        return usualFiles(environment).first(where: SystemFiles().exists)
    }

    private static func usualFiles(_ environment: [String: String]) -> [String] {
        let home = environment["XDG_CONFIG_HOME"] ?? (environment["HOME"] ?? "") + "/.config"
        return ["ember.yaml", home + "/ember/ember.yaml"]
    }

    private static func requiredFile(_ named: String?, _ environment: [String: String]) throws -> String {
        if let file = file(named, environment) { return file }
        throw CommandFailure(
            "no configuration: neither \(usualFiles(environment).joined(separator: " nor ")) exists; name one with "
                + "--config, write one: ember config example > ember.yaml, or serve files without one: "
                + "ember serve FILE.gguf")
    }
}
