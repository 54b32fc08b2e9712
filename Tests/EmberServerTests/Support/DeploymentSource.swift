import EmberConfig

@testable import EmberServer

/// Configurations of a test, with the files that they name.
struct DeploymentSource {
    let files: TestFiles

    init() throws { files = try TestFiles() }

    var folders: ConfigurationFolders {
        ConfigurationFolders(
            home: files.path, cache: files.path + "/cache", state: files.path + "/state",
            configuration: files.path + "/etc", working: files.path)
    }

    func configuration(_ text: String) throws -> Configuration {
        let reader = ConfigurationReader(environment: [:], folders: folders, files: .init(.system))
        return try reader.read(text: text, source: "ember.yaml").configuration
    }

    /// - Parameter path: the search path for programs.
    func builder(_ text: String, path: String = "") throws -> DeploymentBuilder {
        DeploymentBuilder(
            try configuration(text), folders: folders, environment: ["PATH": path],
            footprints: FootprintKeeper(
                stateFolder: nil, device: .ram, logger: quietLogger, surroundings: .system), files: .system)
    }

    func deployment(_ text: String) throws -> Deployment { try builder(text).build() }

    /// A configuration's text for one llama-server model of these keys.
    func llama(_ keys: String) throws -> String {
        let program = try files.write([], to: "bin/llama-server", isProgram: true)
        try files.write(TestFiles.smallModel(), to: "cache/models/small.gguf")
        return "llama_server: \(program)\nmodels: {m: {path: small.gguf\(keys)}}"
    }
}
