import EmberSystem
import Foundation

/// Reads a file front to back through a small buffer, so that a header costs kilobytes however large the file is.
///
/// Every read is checked against the file's length and against `limit` before anything is allocated:
/// a length field made up by a broken or hostile file cannot make the reader take memory or time.
struct GGUFByteReader: ~Copyable {
    /// No real header is near this; it bounds the work on a sparse file that claims to be all header.
    static let maximumHeaderBytes = 256 << 20

    let file: String
    let fileBytes: Int
    private(set) var offset = 0

    private let descriptor: Int32
    private var buffer: [UInt8] = []
    private var bufferStart = 0
    private static let chunkBytes = 64 << 10

    init(file: String) throws(GGUFError) {
        // Non-blocking, because opening a named pipe would otherwise wait for a writer.
        let descriptor = open(file, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw GGUFError(file: file, offset: nil, problem: Self.whyClosed(file, errno))
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0, (status.st_mode & S_IFMT) == S_IFREG else {
            close(descriptor)
            let isFolder = (status.st_mode & S_IFMT) == S_IFDIR
            throw GGUFError(
                file: file, offset: nil,
                problem: "is not a regular file" + (isFolder ? " but a folder: name a file in it" : ""))
        }
        guard status.st_size > 0 else {
            close(descriptor)
            throw GGUFError(file: file, offset: nil, problem: "is empty: pull it again")
        }
        self.file = file
        self.descriptor = descriptor
        fileBytes = Int(status.st_size)
    }

    deinit { close(descriptor) }

    private static func whyClosed(_ file: String, _ code: Int32) -> String {
        let reason = "cannot be opened: \(String(cString: strerror(code)))"
        guard code == ENOENT, let target = SystemFiles().linkTarget(of: file) else {
            return reason
        }
        return "cannot be opened: it is a link to \(target), which does not exist"
    }

    func failure(_ problem: String, at position: Int? = nil, isForeign: Bool = false) -> GGUFError {
        GGUFError(file: file, offset: position ?? offset, problem: problem, isForeign: isForeign)
    }

    /// The file's first bytes, `count` at most; empty where they cannot be read.
    func beginning(_ count: Int) -> [UInt8] {
        Array(((try? bytes(from: 0, "the beginning")) ?? []).prefix(count))
    }

    /// Reads one little-endian integer.
    mutating func integer<T: FixedWidthInteger>(_ type: T.Type, _ what: String) throws(GGUFError) -> T {
        let count = MemoryLayout<T>.size
        try need(count, what)
        try fill(count, what)
        var value: T = 0
        for index in 0..<count {
            value |= T(truncatingIfNeeded: buffer[offset - bufferStart + index]) << T(index * 8)
        }
        offset += count
        return value
    }

    /// Reads a 64-bit count that must not exceed `limit`.
    mutating func count(_ what: String, limit: Int) throws(GGUFError) -> Int {
        let start = offset
        let value = try integer(UInt64.self, what)
        guard value <= UInt64(limit) else {
            throw failure("expected \(what) of at most \(limit), found \(value)", at: start)
        }
        return Int(value)
    }

    /// Reads a string of at most `keeping` bytes; a longer one is passed over and only its length returned, and so is
    /// one that is longer than two bytes and not `longerThan` that.
    mutating func string(
        _ what: String, longerThan negligible: Int = 0, keeping limit: Int
    ) throws(GGUFError) -> (text: String?, byteCount: Int) {
        let length = try count("length of \(what)", limit: fileBytes)
        guard length <= limit, length <= 2 || length > negligible else {
            try skip(length, what)
            return (nil, length)
        }
        try need(length, what)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(length)
        while bytes.count < length {
            try fill(1, what)
            let from = offset - bufferStart
            let taken = min(length - bytes.count, buffer.count - from)
            bytes.append(contentsOf: buffer[from..<(from + taken)])
            offset += taken
        }
        return (String(decoding: bytes, as: UTF8.self), length)
    }

    mutating func skip(_ count: Int, _ what: String) throws(GGUFError) {
        try need(count, what)
        offset += count
    }

    private func need(_ count: Int, _ what: String) throws(GGUFError) {
        guard count <= fileBytes - offset else {
            throw failure(
                "expected \(count) bytes of \(what), found the end of the file (\(fileBytes) bytes); is the "
                    + "download complete?"
            )
        }
        guard offset + count <= Self.maximumHeaderBytes else {
            throw failure("expected a header of at most \(Self.maximumHeaderBytes) bytes, \(what) lies beyond")
        }
    }

    /// Makes at least `count` bytes from `offset` on available in the buffer.
    private mutating func fill(_ count: Int, _ what: String) throws(GGUFError) {
        if offset >= bufferStart, offset + count <= bufferStart + buffer.count { return }
        buffer = try bytes(from: offset, what)
        bufferStart = offset
        guard buffer.count >= count else {
            throw failure("expected \(what), the file became shorter while it was read")
        }
    }

    private func bytes(from start: Int, _ what: String) throws(GGUFError) -> [UInt8] {
        var problem: Int32 = 0
        let chunk = [UInt8](unsafeUninitializedCapacity: Self.chunkBytes) { target, filled in
            let got = pread(descriptor, target.baseAddress, Self.chunkBytes, off_t(start))
            filled = max(0, got)
            if got < 0 { problem = errno }
        }
        guard problem == 0 else {
            throw failure("expected \(what), reading failed: \(String(cString: strerror(problem)))")
        }
        return chunk
    }
}
