import EmberConfig

/// A reader without disk: files are what a test says.
struct TestReader {
    var environment: [String: String] = [:]
    var files: [String: String] = [:]
    var worldReadable: Set<String> = []

    static let folders = ConfigurationFolders(
        home: "/home/eva", cache: "/cache", state: "/state", configuration: "/etc/ember", working: "/start"
    )

    private var reader: ConfigurationReader {
        let (files, worldReadable) = (files, worldReadable)
        return ConfigurationReader(
            environment: environment, folders: Self.folders,
            files: ConfigurationFiles(
                read: { path, limit throws(ConfigurationFiles.Failure) in
                    guard let text = files[path] else { throw .init(reason: "No such file or directory") }
                    return Array(text.utf8.prefix(limit))
                },
                isWorldReadable: { worldReadable.contains($0) }
            )
        )
    }

    func read(_ text: String, _ overrides: ConfigurationOverrides = .init()) throws(ConfigurationError)
        -> ConfigurationReading
    {
        try reader.read(text: text, source: "ember.yaml", overrides: overrides)
    }

    func modelsFolder(_ text: String?, _ overrides: ConfigurationOverrides = .init()) throws(ConfigurationError)
        -> String
    {
        var reader = self
        reader.files["/etc/ember/ember.yaml"] = text
        return try reader.reader.modelsFolder(file: text == nil ? nil : "/etc/ember/ember.yaml", overrides: overrides)
    }

    func read(file: String) throws(ConfigurationError) -> ConfigurationReading { try reader.read(file: file) }

    /// The messages of a bad configuration; empty for a good one.
    func messages(_ text: String, _ overrides: ConfigurationOverrides = .init()) -> [String] {
        do throws(ConfigurationError) {
            _ = try read(text, overrides)
            return []
        } catch {
            return error.issues.map(\.description)
        }
    }
}

/// The least that every configuration needs, for tests of other keys.
let oneModel = "models:\n  m:\n    path: m.gguf\n"
