public import EmberConfig
import EmberDocument
import EmberModels
public import EmberSystem

/// Why files or a folder cannot be served without a configuration, in one line.
public struct FoundModelsError: Error, Equatable, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}

/// Models that are served without a configuration: those of some files, or of a folder.
public struct FoundModels: Sendable {
    let models: [FoundModel]
    /// Where they were looked for; nil: they were named.
    public let folder: String?
    /// What is not served, and why.
    public let notes: [String]

    private static let mostModels = 1000
    /// Below which files may lie too, as with a folder for each model.
    private static let depth = 1

    /// The models of these files: each must be good.
    ///
    /// - Parameter paths: absolute paths.
    public init(paths: [String], files: any FileSystem) throws(FoundModelsError) {
        var found = FoundFiles()
        for path in Self.withoutFurtherParts(paths) { try found.add(path, files) }
        if let problem = found.joinProjectors().first { throw FoundModelsError(problem) }
        models = try Self.checked(found.models)
        (folder, notes) = (nil, [])
    }

    /// The models of a folder, and of the folders in it; what cannot be served is noted.
    ///
    /// - Parameter folder: an absolute path.
    public init(folder: String, files: any FileSystem) throws(FoundModelsError) {
        var notes: [String] = []
        let models = try Self.models(in: folder, depth: Self.depth, files, &notes)
        guard !models.isEmpty else {
            let reasons = notes.isEmpty ? "no file of it ends in .gguf" : notes.joined(separator: "; ")
            throw FoundModelsError(
                "the folder \(folder) holds no model (\(reasons)): get one with 'ember pull', or name another folder")
        }
        self.models = try Self.checked(models)
        self.folder = folder
        self.notes = notes
    }

    /// A model as its file describes it: its name, and its lines below `models` of a configuration.
    ///
    /// - Parameter name: what it is to be called; nil: as its file.
    public static func section(
        ofFile path: String, name: String?, files: any FileSystem
    ) throws(FoundModelsError) -> (name: String, lines: String) {
        guard var model = try FoundModels(paths: [path], files: files).models.first else {
            throw FoundModelsError("\(path) is no model that can be served alone")
        }
        if let name { model.name = name }
        return (model.name, model.configurationText)
    }

    /// The files of a folder of models, and of the folders in it, as they now are, by path.
    public static func stamps(in folder: String, files: any FileSystem) -> [String: FileStamp] {
        let paths = (try? modelFiles(in: folder, depth: depth, files)) ?? []
        return Dictionary(
            paths.compactMap { path in FileStamp(file: path).map { (path, $0) } },
            uniquingKeysWith: { first, _ in first })
    }

    private static func modelFiles(
        in folder: String, depth: Int, _ files: any FileSystem
    ) throws(FoundModelsError) -> [String] {
        let content = try content(of: folder, files, withFolders: depth > 0)
        var paths = content.paths
        for folder in content.folders { paths += (try? modelFiles(in: folder, depth: depth - 1, files)) ?? [] }
        return paths
    }

    /// The configuration that serves them.
    ///
    /// - Parameter settings: further lines, such as those of `settings(of:)`.
    public func configurationText(_ settings: String = "") -> String {
        let head = "# 'ember config example' explains every key.\n"
        return head + settings + "models:\n" + models.map(\.configurationText).joined()
    }

    /// What flags and variables may say beside the models, as lines of a configuration.
    public static func settings(of configuration: Configuration) -> String {
        let budget = configuration.planning.memory.budget.text
        return """
            listen: \(JSONValue.string(configuration.network.listen.text).yamlText)
            policy: \(JSONValue.string(configuration.planning.policy).yamlText)
            memory: {budget: \(JSONValue.string(budget).yamlText)}

            """
    }

    private static func models(
        in folder: String, depth: Int, _ files: any FileSystem, _ notes: inout [String]
    ) throws(FoundModelsError) -> [FoundModel] {
        let (paths, folders) = try content(of: folder, files, withFolders: depth > 0)
        // Before they are read: a folder of everything should not take minutes to refuse.
        try checkCount(paths.count)
        var found = FoundFiles()
        for path in withoutFurtherParts(paths) {
            do throws(FoundModelsError) { try found.add(path, files) } catch { notes.append(error.description) }
        }
        notes += found.joinProjectors()
        var models = found.models
        for folder in folders {
            do throws(FoundModelsError) {
                models += try Self.models(in: folder, depth: depth - 1, files, &notes)
            } catch {
                notes.append(error.description)
            }
            try checkCount(models.count)
        }
        return models
    }

    private static func content(
        of folder: String, _ files: any FileSystem, withFolders: Bool
    ) throws(FoundModelsError) -> (paths: [String], folders: [String]) {
        let names: [String]
        do throws(FileProblem) { names = try files.names(in: folder) } catch { throw FoundModelsError("\(error)") }
        var (paths, folders): ([String], [String]) = ([], [])
        for name in names where !name.hasPrefix(".") {
            let path = (folder == "/" ? "" : folder) + "/" + name
            if name.lowercased().hasSuffix(".gguf") {
                paths.append(path)
            } else if withFolders, (try? files.status(of: path))??.isFolder == true {
                folders.append(path)
            }
        }
        return (paths, folders)
    }

    /// Each path once, and only the first part of a split model.
    private static func withoutFurtherParts(_ paths: [String]) -> [String] {
        var seen: Set<String> = []
        return paths.map { GGUFSplit.parts(like: $0)?.names.first ?? $0 }.filter { seen.insert($0).inserted }
    }

    private static func checked(_ models: [FoundModel]) throws(FoundModelsError) -> [FoundModel] {
        try checkCount(models.count)
        var owners: [String: String] = [:]
        for model in models {
            for path in [model.path, model.projector].compactMap(\.self) where path.contains("${") {
                throw FoundModelsError("\(path) has \"${\", which a configuration would expand: rename it")
            }
            if let other = owners.updateValue(model.path, forKey: model.name) {
                throw FoundModelsError(
                    "\(other) and \(model.path) would both be the model '\(model.name)': rename one of the files")
            }
        }
        return models
    }

    private static func checkCount(_ count: Int) throws(FoundModelsError) {
        guard count > mostModels else { return }
        throw FoundModelsError("more than \(mostModels) model files: serve fewer, or write a configuration")
    }
}
