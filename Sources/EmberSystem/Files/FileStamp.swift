import Foundation

/// A file as it is at an instant: a later stamp shows whether it was replaced, written to or removed.
public struct FileStamp: Hashable, Sendable {
    public let device: UInt64
    public let inode: UInt64
    public let bytes: Int
    /// Nanoseconds since 1970: of the last change of its contents, and of anything about it. Programs can set back the
    /// former alone.
    public let modified: Int
    public let changed: Int

    /// The file that is at `path` now; nil where there is none, or it cannot be asked about.
    public init?(file path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        #if canImport(Darwin)
            let (written, touched) = (status.st_mtimespec, status.st_ctimespec)
        #else
            let (written, touched) = (status.st_mtim, status.st_ctim)
        #endif
        // What comes and goes in a folder does not make another one of it.
        let isFolder = (status.st_mode & S_IFMT) == S_IFDIR
        device = UInt64(truncatingIfNeeded: status.st_dev)
        inode = UInt64(status.st_ino)
        bytes = isFolder ? 0 : Int(status.st_size)
        modified = isFolder ? 0 : Self.nanoseconds(written)
        changed = isFolder ? 0 : Self.nanoseconds(touched)
    }

    /// Whether the same file has been written to: a process that has it mapped sees that. One that was put in its place
    /// is another file.
    public func isOverwritten(since earlier: FileStamp) -> Bool {
        device == earlier.device && inode == earlier.inode && (bytes != earlier.bytes || modified != earlier.modified)
    }

    private static func nanoseconds(_ time: timespec) -> Int {
        let (seconds, overflow) = Int(time.tv_sec).multipliedReportingOverflow(by: 1_000_000_000)
        return overflow ? Int(time.tv_sec) : seconds &+ Int(time.tv_nsec)
    }
}
