import NIOCore
import NIOHTTP1

/// One request's answer on its way from the connection to the task that waits for it.
///
/// Unchecked, because its state is touched on the connection's event loop only: `onEventLoop` ensures that.
final class WireExchange: @unchecked Sendable {
    typealias AnswerWaiter = CheckedContinuation<WireAnswer, any Error>
    typealias PieceWaiter = CheckedContinuation<ByteBuffer?, any Error>

    private let connection: WireConnection
    private let heldAnswers: HeldAnswers
    private var answerWaiter: AnswerWaiter?
    private var pieceWaiter: PieceWaiter?
    private var head: HTTPResponseHead?
    private var isWhole = false
    private var held: HeldAnswer?
    private var whole = ByteBuffer()
    /// Pieces that arrived before the reader asked for them.
    private var pieces = CircularBuffer<ByteBuffer>()
    private var end: Result<Void, any Error>?
    private(set) var isAbandoned = false

    init(on connection: WireConnection, _ heldAnswers: HeldAnswers) {
        self.connection = connection
        self.heldAnswers = heldAnswers
    }

    /// Runs at once where the caller is on the connection's event loop already.
    func onEventLoop(_ action: @escaping @Sendable (WireExchange) -> Void) {
        connection.onEventLoop { action(self) }
    }

    /// The rest of the answer is no longer wanted.
    func abandon() {
        onEventLoop { exchange in
            guard exchange.end == nil else { return }
            exchange.isAbandoned = true
            exchange.connection.abandon(exchange)
        }
    }

    // MARK: What the reader does

    func begin(_ waiter: AnswerWaiter) { answerWaiter = waiter }

    func next(_ waiter: PieceWaiter) {
        if let piece = pieces.popFirst() {
            waiter.resume(returning: piece)
        } else if let end {
            waiter.resume(with: end.map { nil })
        } else {
            pieceWaiter = waiter
        }
        connection.goOnReading()
    }

    // MARK: What the connection does

    /// Whether the connection may read on: back-pressure begins with the first piece that the reader has not asked for
    /// yet.
    var wantsMore: Bool { pieces.isEmpty }

    var hasBegun: Bool { head != nil }

    var isKeepAlive: Bool { head?.isKeepAlive == true }

    func receive(_ head: HTTPResponseHead) {
        self.head = head
        let length = head.headers.first(name: "content-length").flatMap(Int.init)
        if let length, length <= WireAnswer.largestWhole, case .held(let place) = heldAnswers.hold(length) {
            isWhole = true
            held = place
        }
        if !isWhole { answer(.pieces(WireBody(self))) }
    }

    func receive(_ piece: ByteBuffer) {
        var piece = piece
        if isWhole {
            // Short answers come in one piece, which is passed on as it is.
            if whole.readableBytes == 0 { whole = piece } else { whole.writeBuffer(&piece) }
        } else if let waiter = pieceWaiter {
            pieceWaiter = nil
            waiter.resume(returning: piece)
        } else {
            pieces.append(piece)
        }
    }

    func finish(_ result: Result<Void, any Error>) {
        guard end == nil else { return }
        end = result
        switch result {
        case .success: answer(.whole(whole))
        case .failure(let error):
            answerWaiter?.resume(throwing: error)
            answerWaiter = nil
        }
        pieceWaiter?.resume(with: result.map { nil })
        pieceWaiter = nil
    }

    private func answer(_ content: WireAnswer.Content) {
        guard let waiter = answerWaiter, let head else { return }
        answerWaiter = nil
        waiter.resume(returning: WireAnswer(head: head, content: content, held: held))
        held = nil
    }
}
