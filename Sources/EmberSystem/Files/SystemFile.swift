public import Foundation

/// An open file of the machine.
public final class SystemFile: OpenFile {
    public let path: String
    private let descriptor: Int32
    /// The standard input and output belong to the process.
    private let isOwned: Bool

    public static let standardInput = SystemFile(STDIN_FILENO, "the standard input")
    public static let standardOutput = SystemFile(STDOUT_FILENO, "the standard output")

    private init(_ descriptor: Int32, _ path: String) {
        (self.descriptor, self.path, isOwned) = (descriptor, path, false)
    }

    /// Children do not inherit it. A link in the place of what is to be written is refused: it may lead anywhere.
    init(_ path: String, _ access: FileAccess) throws(FileProblem) {
        let (flags, mode, isOpened): (Int32, mode_t, String) =
            switch access {
            case .reading: (O_RDONLY, 0, "read")
            case .making(let isPrivate): (O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, Self.mode(isPrivate), "made")
            case .replacing(let isPrivate): (O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, Self.mode(isPrivate), "made")
            case .appending: (O_WRONLY | O_CREAT | O_APPEND | O_NOFOLLOW, Self.mode(false), "opened")
            }
        descriptor = open(path, flags | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw FileProblem("\(path) cannot be \(isOpened)", errno) }
        (self.path, isOwned) = (path, true)
    }

    deinit { if isOwned { close(descriptor) } }

    private static func mode(_ isPrivate: Bool) -> mode_t { isPrivate ? 0o600 : 0o644 }

    public func status() throws(FileProblem) -> FileStatus {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw FileProblem("\(path) cannot be read", errno) }
        return FileStatus(status)
    }

    public func read(_ count: Int) throws(FileProblem) -> Data {
        var data = Data(count: count)
        while true {
            let got = data.withUnsafeMutableBytes { Foundation.read(descriptor, $0.baseAddress, count) }
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { throw FileProblem("\(path) cannot be read", errno) }
            return got == count ? data : data.prefix(got)
        }
    }

    public func read(_ count: Int, at offset: Int) throws(FileProblem) -> Data {
        var (data, filled) = (Data(count: count), 0)
        while filled < count {
            let got = data.withUnsafeMutableBytes {
                pread(descriptor, $0.baseAddress! + filled, count - filled, off_t(offset + filled))
            }
            if got < 0, errno == EINTR { continue }
            guard got >= 0 else { throw FileProblem("\(path) cannot be read", errno) }
            if got == 0 { break }
            filled += got
        }
        return filled == count ? data : data.prefix(filled)
    }

    public func write(_ bytes: UnsafeRawBufferPointer) throws(FileProblem) {
        var rest = bytes
        while !rest.isEmpty {
            let count = Foundation.write(descriptor, rest.baseAddress!, rest.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw FileProblem("\(path) cannot be written", errno) }
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
        }
    }

    public func shorten(to bytes: Int) throws(FileProblem) {
        guard ftruncate(descriptor, off_t(bytes)) == 0 else { throw FileProblem("\(path) cannot be shortened", errno) }
    }

    public func sync() throws(FileProblem) {
        guard fsync(descriptor) == 0 else { throw FileProblem("\(path) cannot be written to the disk", errno) }
    }
}
