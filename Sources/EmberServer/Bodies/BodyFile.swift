import Foundation
import NIOCore
import NIOPosix

/// A file without a name that holds one request's body: it is gone with its last user, also after a crash.
///
/// Everything here blocks: it is called off event loops.
final class BodyFile: Sendable {
    private let descriptor: Int32

    /// - Parameter folder: where it lies; nothing of a request is in a name.
    convenience init(in folder: String) throws(BodyFileError) {
        self.init(descriptor: try Self.nameless(in: folder))
    }

    /// Takes the descriptor over.
    init(descriptor: Int32) { self.descriptor = descriptor }

    deinit {
        // Freeing a large file's blocks takes the system a while.
        NIOThreadPool.singleton.submit { [descriptor] _ in close(descriptor) }
    }

    private static func nameless(in folder: String) throws(BodyFileError) -> Int32 {
        #if os(Linux)
            // O_TMPFILE, which is no simple constant in C.
            let descriptor = open(folder, 0o20_000_000 | O_DIRECTORY | O_RDWR | O_CLOEXEC, 0o600)
            // File systems and kernels without it say one of these.
            if descriptor >= 0 || ![EOPNOTSUPP, EISDIR, ENOENT, EINVAL].contains(errno) {
                return try checked(descriptor, folder)
            }
        #endif
        return try unlinked(in: folder)
    }

    /// The way of file systems that know no files without names.
    static func unlinked(in folder: String) throws(BodyFileError) -> Int32 {
        // The name is gone at once: that it is drawn here decides nothing.
        let path = "\(folder)/body-\(UUID().uuidString)"
        let descriptor = try checked(open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0o600), folder)
        unlink(path)
        return descriptor
    }

    private static func checked(_ descriptor: Int32, _ folder: String) throws(BodyFileError) -> Int32 {
        guard descriptor >= 0 else { throw BodyFileError(errno, folder: folder) }
        return descriptor
    }

    func write(_ bytes: ByteBuffer, at offset: Int) throws(BodyFileError) {
        let code: Int32? = bytes.withUnsafeReadableBytes { bytes in
            var written = 0
            while written < bytes.count {
                let count = pwrite(
                    descriptor, bytes.baseAddress! + written, bytes.count - written, off_t(offset + written))
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return count < 0 ? errno : ENOSPC }
                written += count
            }
            return nil
        }
        if let code { throw BodyFileError(code) }
    }

    /// The bytes from `offset` on, `count` at most; at least one where there is one.
    func read(at offset: Int, count: Int) throws(BodyFileError) -> ByteBuffer {
        var buffer = ByteBuffer()
        buffer.reserveCapacity(count)
        var code: Int32?
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { space in
            while true {
                let read = pread(descriptor, space.baseAddress!, count, off_t(offset))
                if read < 0, errno == EINTR { continue }
                if read <= 0 { code = read < 0 ? errno : EIO }
                return max(read, 0)
            }
        }
        if let code { throw BodyFileError(code) }
        return buffer
    }

    /// Maps the file for the duration of a call, so that nothing of it stays in memory afterwards.
    func withBytes<Value>(_ count: Int, _ body: (UnsafeBufferPointer<UInt8>) throws -> Value) throws -> Value {
        guard count > 0 else { return try body(UnsafeBufferPointer(start: nil, count: 0)) }
        guard let start = mmap(nil, count, PROT_READ, MAP_PRIVATE, descriptor, 0), start != MAP_FAILED else {
            throw BodyFileError(errno)
        }
        defer { munmap(start, count) }
        posix_madvise(start, count, POSIX_MADV_SEQUENTIAL)
        return try body(UnsafeBufferPointer(start: start.assumingMemoryBound(to: UInt8.self), count: count))
    }
}

/// Why a body cannot be kept in a file.
public struct BodyFileError: Error, Equatable, CustomStringConvertible {
    /// The system's.
    public let code: Int32
    /// Where the file could not be made; nil: it is there, but cannot be written or read.
    public let folder: String?

    init(_ code: Int32, folder: String? = nil) {
        self.code = code
        self.folder = folder
    }

    public var isDiskFull: Bool { code == ENOSPC || code == EDQUOT }

    public var description: String {
        let reason = String(cString: strerror(code))
        return folder.map { "no file can be made in \($0): \(reason)" } ?? reason
    }
}
