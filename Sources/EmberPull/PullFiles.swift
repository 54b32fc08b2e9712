import EmberSystem
import Foundation

/// File operations of pulls; they block, so call them on a `FileQueue`, or a queue of your own.
package enum PullFiles {
    /// The size in bytes, or nil when there is no such file.
    static func size(of path: String) throws(PullError) -> Int? {
        var status = stat()
        if stat(path, &status) == 0 { return Int(status.st_size) }
        guard errno == ENOENT else { throw failure("look at", path) }
        return nil
    }

    static func removeIfThere(_ path: String) throws(PullError) {
        guard unlink(path) == 0 || errno == ENOENT else { throw failure("remove", path) }
    }

    static func createDirectory(_ path: String) throws(PullError) {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw .fileSystem(operation: "create the folder", path: path, reason: OneLine.of("\(error)"))
        }
    }

    static func removeDirectory(_ path: String) throws(PullError) {
        guard try size(of: path) != nil else { return }
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            throw .fileSystem(operation: "remove the folder", path: path, reason: OneLine.of("\(error)"))
        }
    }

    static func names(in directory: String) throws(PullError) -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: directory)
        } catch {
            throw .fileSystem(operation: "list the folder", path: directory, reason: OneLine.of("\(error)"))
        }
    }

    /// Moves a complete file into its place, so that neither a reader nor a power cut ever meets half of it.
    package static func publish(_ path: String, as target: String, in directory: String) throws(PullError) {
        try sync(path)
        guard rename(path, target) == 0 else { throw failure("rename \(path) to", target) }
        try sync(directory)
    }

    /// Bytes of a file from an offset on, fewer at its end.
    static func bytes(of path: String, at offset: Int, count: Int) throws(PullError) -> [UInt8] {
        let descriptor = try openFile(path, O_RDONLY)
        defer { close(descriptor) }
        var buffer = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let got = buffer.withUnsafeMutableBytes {
                pread(descriptor, $0.baseAddress! + filled, count - filled, off_t(offset + filled))
            }
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { throw failure("read", path) }
            if got == 0 { break }
            filled += got
        }
        return Array(buffer.prefix(filled))
    }

    /// Opens a file; children do not inherit it, and a symbolic link in its place is refused when it may be written.
    static func openFile(_ path: String, _ flags: Int32, mode: mode_t = 0o644) throws(PullError) -> Int32 {
        let noLink = flags & (O_WRONLY | O_RDWR) == 0 ? 0 : O_NOFOLLOW
        let descriptor = open(path, flags | O_CLOEXEC | noLink, mode)
        guard descriptor >= 0 else { throw failure("open", path) }
        return descriptor
    }

    static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32, path: String) throws(PullError) {
        var rest = bytes
        while !rest.isEmpty {
            let count = Foundation.write(descriptor, rest.baseAddress!, rest.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure("write", path) }
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
        }
    }

    static func failure(_ operation: String, _ path: String) -> PullError {
        .fileSystem(operation: operation, path: path, reason: String(cString: strerror(errno)))
    }

    private static func sync(_ path: String) throws(PullError) {
        let descriptor = try openFile(path, O_RDONLY)
        defer { close(descriptor) }
        // Some file systems cannot sync folders and say so with EINVAL.
        guard fsync(descriptor) == 0 || errno == EINVAL else { throw failure("write to disk", path) }
    }
}
