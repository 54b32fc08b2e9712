import EmberSystem
import Foundation
import Synchronization

/// The machine's files on a disk that stops to take changes: after some it is as if the process had been killed, so
/// that nothing is changed any more, the last write being half done.
final class FaultyFiles: FileSystem {
    /// nil: it takes all.
    private let left = Mutex<Int?>(nil)
    private let base = SystemFiles()

    /// How many changes it takes from now on.
    func fail(after changes: Int?) { left.withLock { $0 = changes } }

    /// Whether a change has failed since.
    var hasFailed: Bool { left.withLock { $0.map { $0 < 0 } ?? false } }

    fileprivate func change() throws(FileProblem) {
        let isOver = left.withLock { left in
            guard let count = left else { return false }
            left = count > 0 ? count - 1 : -1
            return count <= 0
        }
        if isOver { throw FileProblem(description: "the disk takes nothing") }
    }

    func open(_ path: String, for access: FileAccess) throws(FileProblem) -> any OpenFile {
        if case .reading = access { return try base.open(path, for: access) }
        try change()
        return FaultyFile(file: try base.open(path, for: access), files: self)
    }

    func status(of path: String) throws(FileProblem) -> FileStatus? { try base.status(of: path) }
    func isThere(_ path: String) -> Bool { base.isThere(path) }
    func isExecutable(_ path: String) -> Bool { base.isExecutable(path) }
    func names(in folder: String) throws(FileProblem) -> [String] { try base.names(in: folder) }

    func makeFolder(_ path: String, isPrivate: Bool) throws(FileProblem) {
        try change()
        try base.makeFolder(path, isPrivate: isPrivate)
    }

    func makePrivate(_ path: String) throws(FileProblem) {
        try change()
        try base.makePrivate(path)
    }

    func rename(_ path: String, to place: String) throws(FileProblem) {
        try change()
        try base.rename(path, to: place)
    }

    func link(_ path: String, as name: String) throws(FileProblem) {
        try change()
        try base.link(path, as: name)
    }

    func remove(_ path: String) throws(FileProblem) {
        try change()
        try base.remove(path)
    }

    func removeFolder(_ path: String) throws(FileProblem) {
        try change()
        try base.removeFolder(path)
    }

    func syncFolder(_ path: String) throws(FileProblem) {
        try change()
        try base.syncFolder(path)
    }
}

private struct FaultyFile: OpenFile {
    let file: any OpenFile
    let files: FaultyFiles

    var path: String { file.path }

    func status() throws(FileProblem) -> FileStatus { try file.status() }
    func read(_ count: Int) throws(FileProblem) -> Data { try file.read(count) }
    func read(_ count: Int, at offset: Int) throws(FileProblem) -> Data { try file.read(count, at: offset) }
    func shorten(to bytes: Int) throws(FileProblem) { try file.shorten(to: bytes) }

    func write(_ bytes: UnsafeRawBufferPointer) throws(FileProblem) {
        do throws(FileProblem) { try files.change() } catch {
            try? file.write(UnsafeRawBufferPointer(rebasing: bytes.prefix(bytes.count / 2)))
            throw error
        }
        try file.write(bytes)
    }

    func sync() throws(FileProblem) {
        try files.change()
        try file.sync()
    }
}
