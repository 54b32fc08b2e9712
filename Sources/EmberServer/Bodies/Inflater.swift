import CZlib
import NIOCore

/// Unpacks gzip and zlib ("deflate" in HTTP) piece by piece.
///
/// Unchecked: one body's iterator uses it.
final class Inflater: @unchecked Sendable {
    private var stream = z_stream()
    private let isReady: Bool
    /// Whether all that was begun has come to its end; true where nothing has come.
    private(set) var isAtEnd = true

    private static let largestPiece = 64 << 10
    /// The largest window, and the form found out from the first bytes.
    private static let windowBits: Int32 = 15 + 32

    init() {
        isReady =
            inflateInit2_(&stream, Self.windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK
    }

    deinit { if isReady { inflateEnd(&stream) } }

    /// The next bytes, of what has come; nil where more must come first. O(bytes), at most 64 KiB at once.
    ///
    /// - Throws: `APIError` for what cannot be unpacked.
    func piece(of compressed: inout ByteBuffer) throws(APIError) -> ByteBuffer? {
        guard isReady else { throw .brokenCompression }
        // Several members of gzip, one behind the other, are one body.
        if isAtEnd, compressed.readableBytes > 0, stream.total_in > 0, inflateReset(&stream) != Z_OK {
            throw .brokenCompression
        }
        if compressed.readableBytes > 0 { isAtEnd = false }
        var piece = ByteBuffer()
        var status = Z_OK
        piece.writeWithUnsafeMutableBytes(minimumWritableBytes: Self.largestPiece) { output in
            compressed.readWithUnsafeMutableReadableBytes { input in
                let room = Swift.min(output.count, Self.largestPiece)
                stream.next_in = input.baseAddress?.assumingMemoryBound(to: UInt8.self)
                stream.avail_in = UInt32(input.count)
                stream.next_out = output.baseAddress?.assumingMemoryBound(to: UInt8.self)
                stream.avail_out = UInt32(room)
                status = inflate(&stream, Z_NO_FLUSH)
                return (input.count - Int(stream.avail_in), room - Int(stream.avail_out))
            }
        }
        switch status {
        case Z_STREAM_END: isAtEnd = true
        // Nothing could be done: more input is needed.
        case Z_OK, Z_BUF_ERROR: break
        default: throw .brokenCompression
        }
        return piece.readableBytes > 0 ? piece : nil
    }
}
