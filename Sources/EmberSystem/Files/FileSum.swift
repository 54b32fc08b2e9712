package import Crypto
import Foundation

/// The SHA-256 of a file, read piece by piece.
package struct FileSum: Sendable, Equatable {
    package let checksum: String
    package let bytes: Int

    package static let pieceBytes = 1 << 20

    /// Blocks.
    ///
    /// - Returns: nil where the file cannot be read, or is longer than the limit.
    package static func read(_ path: String, upTo limit: Int = .max, files: any FileSystem) -> FileSum? {
        assertMayBlock()
        guard let file = try? files.open(path, for: .reading) else { return nil }
        var (hash, bytes) = (SHA256(), 0)
        while true {
            guard let piece = try? file.read(pieceBytes), bytes + piece.count <= limit else { return nil }
            if piece.isEmpty { return FileSum(checksum: hash.finalize().hexadecimal, bytes: bytes) }
            hash.update(data: piece)
            bytes += piece.count
        }
    }
}

extension SHA256.Digest {
    /// Two lower-case digits a byte.
    package var hexadecimal: String {
        map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }
}
