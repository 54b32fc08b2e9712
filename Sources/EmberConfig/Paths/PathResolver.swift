public import EmberDocument

/// Turns the paths of a configuration into absolute ones.
public struct PathResolver: Sendable {
    public let folders: ConfigurationFolders
    /// What `${models_dir}` stands for; nil while that itself is being resolved.
    public let modelsFolder: String?

    public init(folders: ConfigurationFolders, modelsFolder: String?) {
        self.folders = folders
        self.modelsFolder = modelsFolder
    }

    /// The absolute path of `path` seen from the absolute `base`: `~/`, `${cache_dir}` and `${models_dir}` expanded.
    public func resolve(_ path: String, relativeTo base: String) throws(QuantityError) -> String {
        guard !path.unicodeScalars.contains("\0") else { throw QuantityError("has a zero character") }
        let expanded = try expandVariables(path)
        guard expanded.hasPrefix("~") else { return PathText.joined(base, expanded) }
        guard expanded == "~" || expanded.hasPrefix("~/") else {
            throw QuantityError("begins with another user's home; write an absolute path or one that begins with ~/")
        }
        return PathText.joined(folders.home, String(expanded.dropFirst(2)))
    }

    private func expandVariables(_ path: String) throws(QuantityError) -> String {
        var result = ""
        var rest = Substring(path)
        while let start = rest.firstRange(of: "${") {
            result += rest[..<start.lowerBound]
            rest = rest[start.upperBound...]
            guard let end = rest.firstIndex(of: "}") else { throw QuantityError("has \"${\" without \"}\"") }
            result += try value(of: rest[..<end])
            rest = rest[rest.index(after: end)...]
        }
        return result + rest
    }

    private func value(of variable: Substring) throws(QuantityError) -> String {
        if variable == "cache_dir" { return folders.cache }
        if variable == "models_dir", let modelsFolder { return modelsFolder }
        let known = modelsFolder == nil ? "${cache_dir}" : "${cache_dir} and ${models_dir}"
        throw QuantityError("has a variable that is not known here; known are \(known) and ${env.NAME}")
    }
}
