import EmberSystem
import Foundation

/// The file operations of pulls, whose failures are a pull's. They block: a `FileQueue` lends them to its work.
struct PullFiles: Sendable {
    let system: any FileSystem

    /// The size in bytes, or nil when there is no such file.
    func size(of path: String) throws(PullError) -> Int? {
        try failing("look at", path) { (system) throws(FileProblem) in try system.status(of: path)?.bytes }
    }

    func removeIfThere(_ path: String) throws(PullError) {
        try failing("remove", path) { (system) throws(FileProblem) in try system.remove(path) }
    }

    func makeFolder(_ path: String) throws(PullError) {
        try failing("create the folder", path) { (system) throws(FileProblem) in
            try system.makeFolder(path, isPrivate: false)
        }
    }

    func removeFolder(_ path: String) throws(PullError) {
        try failing("remove the folder", path) { (system) throws(FileProblem) in try system.removeFolder(path) }
    }

    func names(in folder: String) throws(PullError) -> [String] {
        try failing("list the folder", folder) { (system) throws(FileProblem) in try system.names(in: folder) }
    }

    /// Puts a complete file into its place, so that neither a reader nor a power cut ever meets half of it.
    func publish(_ path: String, as place: String) throws(PullError) {
        try failing("put \(path) in place as", place) { (system) throws(FileProblem) in
            try system.publish(path, as: place)
        }
    }

    /// Returns once a folder's names are on the disk.
    func syncFolder(_ path: String) throws(PullError) {
        try failing("write to disk", path) { (system) throws(FileProblem) in try system.syncFolder(path) }
    }

    /// Gives a file another name.
    func rename(_ path: String, to name: String) throws(PullError) {
        try failing("rename \(path) to", name) { (system) throws(FileProblem) in try system.rename(path, to: name) }
    }

    /// Bytes of a file from an offset on, fewer at its end.
    func bytes(of path: String, at offset: Int, count: Int) throws(PullError) -> Data {
        try failing("read", path) { (system) throws(FileProblem) in
            try system.open(path, for: .reading).read(count, at: offset)
        }
    }

    /// Writes a small file that only its owner can read.
    func writePrivately(_ data: Data, to path: String) throws(PullError) {
        try failing("write", path) { (system) throws(FileProblem) in
            try system.open(path, for: .replacing(isPrivate: true)).write(data)
        }
    }

    /// Opens a file that grows at its end, cut off at `offset`.
    func writer(of path: String, from offset: Int) throws(PullError) -> PartWriter {
        try failing("open", path) { (system) throws(FileProblem) in
            let file = try system.open(path, for: .appending)
            try file.shorten(to: offset)
            return PartWriter(file: file)
        }
    }

    private func failing<Value>(
        _ operation: String, _ path: String, _ work: (any FileSystem) throws(FileProblem) -> Value
    ) throws(PullError) -> Value {
        do throws(FileProblem) { return try work(system) } catch { throw PullError(operation, path, error) }
    }
}

/// An open file that grows at its end; its methods block.
struct PartWriter: Sendable {
    let file: any OpenFile

    func append(_ bytes: UnsafeRawBufferPointer) throws(PullError) {
        do throws(FileProblem) { try file.write(bytes) } catch { throw PullError("write", file.path, error) }
    }
}

extension PullError {
    fileprivate init(_ operation: String, _ path: String, _ problem: FileProblem) {
        self = .fileSystem(operation: operation, path: path, reason: OneLine.of(problem.reason ?? problem.description))
    }
}
