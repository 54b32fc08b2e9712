public import NIOCore
public import NIOHTTP1

/// The beginning of an engine's answer.
public struct WireAnswer: Sendable {
    public enum Content: Sendable {
        case whole(ByteBuffer)
        case pieces(WireBody)
    }

    /// Longer answers, and those of unknown length, come in pieces; in bytes.
    public static let largestWhole = 16 << 20

    public let head: HTTPResponseHead
    public let content: Content
    /// Of a long whole answer: its place among those that are held back.
    public var held: HeldAnswer?
}

/// An answer's body that comes piece by piece, as fast as it is read.
///
/// Letting go of it before its end closes the connection.
public final class WireBody: Sendable {
    private let exchange: WireExchange

    init(_ exchange: WireExchange) { self.exchange = exchange }

    deinit { exchange.abandon() }

    /// The next piece; nil at the end. One task at a time may wait.
    public func next() async throws -> ByteBuffer? {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { waiter in
                exchange.onEventLoop { $0.next(waiter) }
            }
        } onCancel: {
            exchange.abandon()
        }
    }
}
