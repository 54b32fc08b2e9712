import Hummingbird
import NIOCore

/// A compressed body as the bytes that it stands for, in pieces, so that a bound on them holds while it is unpacked.
struct InflatedBody: AsyncSequence, Sendable {
    typealias Element = ByteBuffer
    let base: RequestBody

    struct AsyncIterator: AsyncIteratorProtocol {
        private var base: RequestBody.AsyncIterator
        private let inflater = Inflater()
        private var compressed = ByteBuffer()
        private var count = 0

        /// The event loop has other work to do in between.
        private static let bytesPerTurn = 256 << 10

        fileprivate init(_ base: RequestBody.AsyncIterator) { self.base = base }

        mutating func next(isolation actor: isolated (any Actor)?) async throws -> ByteBuffer? {
            while true {
                if let piece = try inflater.piece(of: &compressed) {
                    count += piece.readableBytes
                    if count >= Self.bytesPerTurn {
                        count = 0
                        await Task.yield()
                    }
                    return piece
                }
                guard let more = try await base.next(isolation: actor) else {
                    guard inflater.isAtEnd else { throw APIError.brokenCompression }
                    return nil
                }
                compressed = more
            }
        }

        mutating func next() async throws -> ByteBuffer? { try await next(isolation: nil) }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(base.makeAsyncIterator()) }
}

extension APIError {
    static let brokenCompression = APIError.invalidRequest(
        "The body is not what its Content-Encoding says: it cannot be unpacked, or ends too early.",
        param: "content-encoding", code: "broken_content_encoding")
}
