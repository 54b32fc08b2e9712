import Foundation

/// The machine's own files.
public struct SystemFiles: FileSystem {
    public init() {}

    /// The folder of this process, from which relative paths go.
    public static var workingFolder: String { FileManager.default.currentDirectoryPath }

    public func open(_ path: String, for access: FileAccess) throws(FileProblem) -> any OpenFile {
        try SystemFile(path, access)
    }

    public func status(of path: String) throws(FileProblem) -> FileStatus? {
        var status = stat()
        if stat(path, &status) == 0 { return FileStatus(status) }
        guard errno == ENOENT else { throw FileProblem("\(path) cannot be looked at", errno) }
        return nil
    }

    public func isThere(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 || errno != ENOENT
    }

    public func isExecutable(_ path: String) -> Bool { FileManager.default.isExecutableFile(atPath: path) }

    /// Where a link leads; nil for what is no link.
    package func linkTarget(of path: String) -> String? {
        try? FileManager.default.destinationOfSymbolicLink(atPath: path)
    }

    public func names(in folder: String) throws(FileProblem) -> [String] {
        do { return try FileManager.default.contentsOfDirectory(atPath: folder).sorted() } catch {
            throw FileProblem("\(folder) cannot be read", error)
        }
    }

    public func makeFolder(_ path: String, isPrivate: Bool) throws(FileProblem) {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true,
                attributes: isPrivate ? [.posixPermissions: 0o700] : nil)
        } catch {
            throw FileProblem("\(path) cannot be made", error)
        }
    }

    public func makePrivate(_ path: String) throws(FileProblem) {
        let isFolder = try status(of: path)?.isFolder == true
        guard chmod(path, isFolder ? 0o700 : 0o600) == 0 else {
            throw FileProblem("\(path) cannot be kept from other users", errno)
        }
    }

    public func rename(_ path: String, to place: String) throws(FileProblem) {
        guard Foundation.rename(path, place) == 0 else {
            throw FileProblem("\(path) cannot be moved to \(place)", errno)
        }
    }

    public func link(_ path: String, as name: String) throws(FileProblem) {
        guard Foundation.link(path, name) == 0 else { throw FileProblem("\(name) cannot be made", errno) }
    }

    public func remove(_ path: String) throws(FileProblem) {
        guard unlink(path) == 0 || errno == ENOENT else { throw FileProblem("\(path) cannot be removed", errno) }
    }

    public func removeFolder(_ path: String) throws(FileProblem) {
        guard isThere(path) else { return }
        do { try FileManager.default.removeItem(atPath: path) } catch {
            throw FileProblem("\(path) cannot be removed", error)
        }
    }

    public func syncFolder(_ path: String) throws(FileProblem) {
        let descriptor = Foundation.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileProblem("\(path) cannot be opened", errno) }
        defer { close(descriptor) }
        // Some file systems cannot sync folders and say so with EINVAL.
        guard fsync(descriptor) == 0 || errno == EINVAL else {
            throw FileProblem("\(path) cannot be written to the disk", errno)
        }
    }
}

extension FileStatus {
    init(_ status: stat) {
        self.init(
            bytes: Int(status.st_size), isFolder: status.st_mode & S_IFMT == S_IFDIR,
            permissions: Int(status.st_mode & 0o7777))
    }
}
