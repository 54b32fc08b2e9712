public import EmberConfig
import EmberModels
public import EmberSystem
import Foundation

/// A model's files in the models folder, to be removed: all parts of a split one.
public struct ModelRemoval: Sendable {
    public let paths: [String]
    public let bytes: Int
    private let files: any FileSystem

    /// - Parameters:
    ///   - name: a path, a file's name in the folder, or a model's name as `ember serve` makes it of a file's.
    ///   - stated: the same as an absolute path.
    public init(
        _ name: String, stated: String, folder: String, files: any FileSystem
    ) throws(FoundModelsError) {
        self.files = files
        let path = try Self.find(name, stated: stated, folder: folder, files)
        let (place, root) = (Self.real(PathText.parent(path)), Self.real(folder))
        guard place == root || place.hasPrefix(root + "/") else {
            throw FoundModelsError(
                "\(path) is not in the models folder \(folder): remove it yourself, or name the folder by --models-dir"
            )
        }
        paths = (GGUFSplit.parts(like: path)?.names ?? [path]).filter(files.isThere)
        var bytes = 0
        for path in paths {
            let status = (try? files.status(of: path)) ?? nil
            guard status?.isFolder != true else { throw FoundModelsError("\(path) is a folder: name a file in it") }
            bytes += status?.bytes ?? 0
        }
        self.bytes = bytes
    }

    /// Whether one of the files is among these, also under another path.
    public func isUsed(by others: [String]) -> Bool {
        let own = Set(paths.map(Self.real))
        return others.contains { own.contains(Self.real($0)) }
    }

    /// The models of a configuration that are made of one of the files.
    public func models(of configuration: Configuration) -> [String] {
        configuration.models.filter { isUsed(by: $0.files) }.map(\.name)
    }

    /// The last part first: what is left of an interruption is never a whole model.
    public func perform() throws(FileProblem) {
        for path in paths.reversed() { try files.remove(path) }
    }

    /// The path of a file in the folder, by its path, its name or the name of its model.
    public static func find(
        _ name: String, stated: String, folder: String, _ files: any FileSystem
    ) throws(FoundModelsError) -> String {
        if let path = [stated, folder + "/" + name].first(where: files.isThere) { return path }
        let names = ((try? files.names(in: folder)) ?? []).filter {
            $0.lowercased().hasSuffix(".gguf") && FoundModel.name(ofFile: $0) == name
        }
        guard let first = names.first else {
            throw FoundModelsError("there is no file or model '\(name)' in the models folder \(folder)")
        }
        guard names.allSatisfy({ GGUFSplit.parts(like: $0)?.names.contains(first) ?? ($0 == first) }) else {
            throw FoundModelsError("'\(name)' may be \(names.joined(separator: " or ")): name the file")
        }
        return folder + "/" + first
    }

    private static func real(_ path: String) -> String {
        URL(fileURLWithPath: path).resolvingSymlinksInPath().standardized.path
    }
}

extension ModelConfiguration {
    /// The files that it is made of, as far as they are models'.
    fileprivate var files: [String] {
        switch engine {
        case .llamaServer(let llama): GGUFSplit.files(of: llama.path) + [llama.projectorPath].compactMap(\.self)
        case .adapter(let adapter): [adapter.path]
        case .command, .remote: []
        }
    }
}
