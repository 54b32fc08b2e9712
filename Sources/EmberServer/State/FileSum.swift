import Crypto
import Dispatch
import EmberStore
import Foundation

/// The SHA-256 of a file, read piece by piece.
struct FileSum: Sendable, Equatable {
    let checksum: String
    let bytes: Int

    private static let queue = DispatchQueue(label: "ember.checksums", qos: .utility, attributes: .concurrent)
    static let pieceBytes = 1 << 20

    /// Computed beside the tasks, which must not wait for the disk.
    ///
    /// - Returns: nil where the file cannot be read, or is longer than the limit.
    static func of(_ path: String, upTo limit: Int) async -> FileSum? {
        await withCheckedContinuation { waiter in
            queue.async { waiter.resume(returning: read(path, upTo: limit)) }
        }
    }

    /// Blocks.
    static func read(_ path: String, upTo limit: Int = .max) -> FileSum? {
        assertMayBlock()
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var (hash, bytes) = (SHA256(), 0)
        var buffer = [UInt8](repeating: 0, count: pieceBytes)
        while true {
            let count = Foundation.read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0, bytes + count <= limit else { return nil }
            if count == 0 { return FileSum(checksum: hash.finalize().hexadecimal, bytes: bytes) }
            buffer.withUnsafeBytes { hash.update(bufferPointer: UnsafeRawBufferPointer(rebasing: $0.prefix(count))) }
            bytes += count
        }
    }
}

extension SHA256.Digest {
    var hexadecimal: String { map { String(format: "%02x", $0) }.joined() }
}
