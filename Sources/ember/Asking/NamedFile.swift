import EmberSystem
import Foundation

/// A file that the command line names, read as a whole.
enum NamedFile {
    /// - Parameter fix: what to do where it has more bytes than the limit.
    static func bytes(of path: String, upTo limit: Int, fix: String) throws -> Data {
        let data: Data
        do throws(FileProblem) {
            data = try SystemFiles().bytes(of: ConfigurationOptions.folders.path(path), upTo: limit + 1)
        } catch {
            throw CommandFailure("\(error): check the path and its permissions")
        }
        guard data.count <= limit else {
            throw CommandFailure("\(path) has more than \(limit >> 20) MiB: \(fix)")
        }
        return data
    }
}
