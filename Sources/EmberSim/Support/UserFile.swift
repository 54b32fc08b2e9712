import EmberDocument
import EmberSystem
import Foundation

/// Files that a user names on the command line of a simulation: the machine's own, as a simulation is a command that
/// reads them first and then only computes.
enum UserFile {
    private static let files = SystemFiles()

    /// nil where it cannot be read.
    static func bytes(of path: String) -> Data? { try? files.bytes(of: path) }

    static func exists(_ path: String) -> Bool { files.exists(path) }

    /// nil where it is no folder.
    static func names(inFolder path: String) -> [String]? {
        guard let status = try? files.status(of: path), status.isFolder else { return nil }
        return (try? files.names(in: path)) ?? []
    }

    /// The file's text; the names are what the user may have meant instead of a path.
    static func text(of path: String, orOneOf names: [String] = []) throws(ScenarioError) -> String {
        let place = Place(source: path)
        guard let data = bytes(of: path) else {
            let alternative = names.isEmpty ? "" : ", or name one of \(names.joined(separator: ", "))"
            throw ScenarioError(place, "cannot be read; check the path and its permissions\(alternative)")
        }
        guard let text = String(data: data, encoding: .utf8) else {
            throw ScenarioError(place, "is not UTF-8; save it as UTF-8")
        }
        return text
    }
}
