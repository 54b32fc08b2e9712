import EmberDocument
import Foundation

/// Text files that a user names.
enum TextFile {
    /// The file's text; the names are what the user may have meant instead of a path.
    static func read(_ path: String, orOneOf names: [String] = []) throws(ScenarioError) -> String {
        let place = Place(source: path)
        guard let data = FileManager.default.contents(atPath: path) else {
            let alternative = names.isEmpty ? "" : ", or name one of \(names.joined(separator: ", "))"
            throw ScenarioError(place, "cannot be read; check the path and its permissions\(alternative)")
        }
        guard let text = String(data: data, encoding: .utf8) else {
            throw ScenarioError(place, "is not UTF-8; save it as UTF-8")
        }
        return text
    }
}
