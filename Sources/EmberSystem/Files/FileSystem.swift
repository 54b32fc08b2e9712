public import Foundation

/// The files of the machine: the one way to them for what Ember keeps on a disk. Everything here blocks.
///
/// `SystemFiles` is the machine's own. A test puts another in its place, to have a disk that fails.
public protocol FileSystem: Sendable {
    func open(_ path: String, for access: FileAccess) throws(FileProblem) -> any OpenFile

    /// What is at the path, with links followed; nil where there is nothing.
    func status(of path: String) throws(FileProblem) -> FileStatus?
    /// Whether there is something of that name, even a link that leads nowhere or a file that cannot be asked about.
    func isThere(_ path: String) -> Bool
    func isExecutable(_ path: String) -> Bool
    /// In alphabetical order: what is decided of them must not depend on the disk.
    func names(in folder: String) throws(FileProblem) -> [String]

    /// Makes a folder with all above it; one that is there stays as it is.
    ///
    /// - Parameter isPrivate: only its owner may enter.
    func makeFolder(_ path: String, isPrivate: Bool) throws(FileProblem)
    /// Leaves a file or folder to its owner alone.
    func makePrivate(_ path: String) throws(FileProblem)
    /// Puts a file or folder into the place of what has that name.
    func rename(_ path: String, to place: String) throws(FileProblem)
    /// Gives a file a second name.
    func link(_ path: String, as name: String) throws(FileProblem)
    /// Removes a file; one that is gone already is fine.
    func remove(_ path: String) throws(FileProblem)
    /// Removes a folder and all in it; one that is gone already is fine.
    func removeFolder(_ path: String) throws(FileProblem)
    /// Returns once a folder's names are on the disk.
    func syncFolder(_ path: String) throws(FileProblem)
}

extension FileSystem where Self == SystemFiles {
    /// The machine's own.
    public static var system: SystemFiles { SystemFiles() }
}

/// What a file is opened for.
public enum FileAccess: Sendable {
    case reading
    /// A file of this name that is there already is an error.
    case making(isPrivate: Bool)
    /// What is there already is emptied first.
    case replacing(isPrivate: Bool)
    /// What is written goes behind what is there already.
    case appending
}

/// What is known of a file without opening it.
public struct FileStatus: Sendable, Equatable {
    public let bytes: Int
    public let isFolder: Bool
    /// Who may do what with it, as `chmod` takes it.
    public let permissions: Int

    public init(bytes: Int, isFolder: Bool, permissions: Int) {
        (self.bytes, self.isFolder, self.permissions) = (bytes, isFolder, permissions)
    }
}

/// An open file, which is closed with its last reference.
public protocol OpenFile: Sendable {
    /// As it was named when it was opened.
    var path: String { get }

    func status() throws(FileProblem) -> FileStatus
    /// At most `count` bytes from where the last one ended; empty at the file's end.
    func read(_ count: Int) throws(FileProblem) -> Data
    /// `count` bytes from `offset` on; fewer at the file's end.
    func read(_ count: Int, at offset: Int) throws(FileProblem) -> Data
    func write(_ bytes: UnsafeRawBufferPointer) throws(FileProblem)
    func shorten(to bytes: Int) throws(FileProblem)
    /// Returns once all that was written is on the disk.
    func sync() throws(FileProblem)
}

extension OpenFile {
    public func write(_ data: Data) throws(FileProblem) {
        try data.withUnsafeBytes { bytes in Result { () throws(FileProblem) in try write(bytes) } }.get()
    }
}
