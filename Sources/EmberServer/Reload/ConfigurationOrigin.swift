/// Where a server's configuration comes from.
public enum ConfigurationOrigin: Sendable, Equatable, CustomStringConvertible {
    /// A configuration file.
    case file(String)
    /// The models of a folder.
    case folder(String)
    /// Model files that were named at the start.
    case files

    public var description: String {
        switch self {
        case .file(let path): path
        case .folder(let path): "the models of \(path)"
        case .files: "the files that it was started with"
        }
    }
}

/// As an object with one member at most: `{"file": PATH}`, `{"folder": PATH}` or `{}`.
extension ConfigurationOrigin: Codable {
    private enum CodingKeys: String, CodingKey { case file, folder }

    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        if let file = try values.decodeIfPresent(String.self, forKey: .file) {
            self = .file(file)
        } else if let folder = try values.decodeIfPresent(String.self, forKey: .folder) {
            self = .folder(folder)
        } else {
            self = .files
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var values = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .file(let path): try values.encode(path, forKey: .file)
        case .folder(let path): try values.encode(path, forKey: .folder)
        case .files: break
        }
    }
}
