import HTTPTypes
import Hummingbird
import NIOCore
import Synchronization

/// A response's body as a whole.
final class GatheredBody: Sendable {
    private let bytes = Mutex(ByteBuffer())

    /// The numbers of some thousand embeddings take as much.
    private static let most = 128 << 20

    static nonisolated(nonsending) func bytes(of body: ResponseBody) async throws -> ByteBuffer {
        let gathered = GatheredBody()
        try await body.write(Writer(gathered: gathered))
        return gathered.bytes.withLock { $0 }
    }

    private struct Writer: ResponseBodyWriter {
        let gathered: GatheredBody

        mutating func write(_ buffer: ByteBuffer) async throws {
            let isTooLong = gathered.bytes.withLock { bytes in
                if bytes.readableBytes == 0 { bytes = buffer } else { bytes.writeImmutableBuffer(buffer) }
                return bytes.readableBytes > GatheredBody.most
            }
            guard !isTooLong else {
                throw APIError.badGateway(
                    "The answer exceeds \(GatheredBody.most) bytes: ask for less at once.", code: "answer_too_long")
            }
        }

        consuming func finish(_ trailingHeaders: HTTPFields?) async throws {}
    }
}
