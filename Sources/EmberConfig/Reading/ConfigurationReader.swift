public import EmberDocument

/// Reads the server's configuration from YAML, environment variables and flags.
public struct ConfigurationReader: Sendable {
    /// For `${env.NAME}`.
    public let environment: [String: String]
    public let folders: ConfigurationFolders
    public let files: ConfigurationFiles

    public init(
        environment: [String: String], folders: ConfigurationFolders, files: ConfigurationFiles
    ) {
        self.environment = environment
        self.folders = folders
        self.files = files
    }

    /// The configuration of a file of at most 1 MiB; the error has everything that is wrong with it.
    public func read(
        file path: String, overrides: ConfigurationOverrides = ConfigurationOverrides()
    ) throws(ConfigurationError) -> ConfigurationReading {
        try read(text: try text(ofFile: path), source: path, overrides: overrides)
    }

    /// The models folder alone, for commands that need nothing else of a configuration: whatever else is wrong with it
    /// does not matter.
    ///
    /// - Parameter path: the file, or nil where there is none.
    public func modelsFolder(
        file path: String?, overrides: ConfigurationOverrides = ConfigurationOverrides()
    ) throws(ConfigurationError) -> String {
        let text = if let path { try text(ofFile: path) } else { "" }
        var builder = try builder(text, source: path ?? "configuration", overrides)
        let folder = builder.modelsFolder()
        // A value that cannot be understood, such as one of a variable that is not set, must not mean the usual folder.
        let isLost = builder.reading.isStated(ServerTable.modelsFolder) && builder.draft.files.modelsFolder == nil
        let issues = builder.reading.problems.issues.filter {
            isLost || $0.key == ServerTable.modelsFolder.description || $0.key.isEmpty
        }
        guard issues.isEmpty else { throw ConfigurationError(issues: Problems.sorted(issues)) }
        return folder
    }

    /// The configuration of a text of at most 1 MiB; `source` is what messages call it, such as its file's path.
    public func read(
        text: String, source: String, overrides: ConfigurationOverrides = ConfigurationOverrides()
    ) throws(ConfigurationError) -> ConfigurationReading {
        var builder = try builder(text, source: source, overrides)
        let configuration = builder.build()
        guard builder.reading.problems.issues.isEmpty else { throw Self.failure(builder.reading) }
        return ConfigurationReading(
            configuration: configuration, warnings: Problems.sorted(builder.reading.problems.warnings)
        )
    }

    /// What the text says, with what was found wrong so far.
    private func builder(
        _ text: String, source: String, _ overrides: ConfigurationOverrides
    ) throws(ConfigurationError) -> ConfigurationBuilder {
        let start = Place(source: source, line: 1, column: 1)
        guard text.utf8.count <= DocumentLimits.bytes else { throw Self.failure(start, Self.tooLarge) }
        var reading = Reading()
        reading.note(.root, start)
        let parser = DocumentParser(source: source, environment: environment)
        let document = parser.parse(text, into: &reading.problems)
        // Without a document whatever else could be said would be about keys that are there, but not understood.
        if document == nil, !reading.problems.issues.isEmpty { throw Self.failure(reading) }
        let empty = DocumentNode(place: start, content: .mapping([]))
        let draft = ServerTable.section.read(overrides.applied(to: document ?? empty), at: .root, &reading)
        return ConfigurationBuilder(draft: draft, folders: folders, files: files, reading: reading)
    }

    private static let tooLarge = "is larger than \(ByteFormat.format(DocumentLimits.bytes)); split or shorten it"

    private func text(ofFile path: String) throws(ConfigurationError) -> String {
        let bytes: [UInt8]
        do throws(ConfigurationFiles.Failure) {
            bytes = try files.read(path, DocumentLimits.bytes + 1)
        } catch {
            throw Self.failure(
                Place(source: path), "cannot be read: \(error.reason); check the path and its permissions")
        }
        // Before decoding, because the limit may cut a character in two.
        guard bytes.count <= DocumentLimits.bytes else { throw Self.failure(Place(source: path), Self.tooLarge) }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Self.failure(Self.place(ofInvalidByteIn: bytes, source: path), "is not UTF-8; save it as UTF-8")
        }
        return text
    }

    /// The line on which decoding fails.
    private static func place(ofInvalidByteIn bytes: [UInt8], source: String) -> Place {
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let line = lines.firstIndex { String(validating: $0, as: UTF8.self) == nil } ?? 0
        return Place(source: source, line: line + 1, column: 1)
    }

    private static func failure(_ place: Place, _ message: String) -> ConfigurationError {
        ConfigurationError(issues: [Issue(place: place, key: "", message: message)])
    }

    private static func failure(_ reading: Reading) -> ConfigurationError {
        ConfigurationError(issues: Problems.sorted(reading.problems.issues))
    }
}

/// A configuration, and what its operator should know about it.
public struct ConfigurationReading: Sendable, Equatable {
    public let configuration: Configuration
    public let warnings: [Issue]
}
