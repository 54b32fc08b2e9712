import NIOCore
import NIOHTTP1

/// The answers that a connection owes its client, and what has come of their requests' bodies.
struct OwedAnswers {
    /// The next one first.
    private var forms = CircularBuffer<AnswerForm>(initialCapacity: 2)
    private var leftover = LeftoverBody()
    /// The head and the last piece of the answer that has begun.
    private var begun: (head: HTTPResponseHead, last: ByteBuffer)?

    /// What comes of the last request's body is read and dropped.
    var dropsBody: Bool { leftover.isDropped }

    /// Whether the next answer has no body.
    var isHeadAlone: Bool { forms.first?.contains(.headAlone) == true }

    /// Whether an answer that has begun is a stream of events, and none of them is cut.
    var isBetweenEvents: Bool {
        guard let begun, begun.head.headers.first(name: "content-type")?.hasPrefix("text/event-stream") == true else {
            return false
        }
        return begun.last.readableBytes == 0 || begun.last.readableBytesView.suffix(2).elementsEqual("\n\n".utf8)
    }

    mutating func requestCame(_ request: HTTPRequestHead) {
        leftover.headCame()
        forms.append(AnswerForm(request))
    }

    mutating func bodyEnded() { leftover.bodyEnded() }

    /// The client's body is wanted.
    ///
    /// - Returns: whether the client waits for that word.
    mutating func wantBody() -> Bool {
        guard forms.first?.contains(.awaitsContinue) == true else { return false }
        forms[forms.startIndex].remove(.awaitsContinue)
        return true
    }

    /// - Parameters:
    ///   - head: framed then.
    ///   - isLast: whether no answer comes behind it, whatever its request says.
    mutating func begin(_ head: inout HTTPResponseHead, isLast: Bool) {
        var form = forms.first ?? .last
        // A body that was refused before it came may still come, or not.
        if isLast || form.contains(.awaitsContinue) && leftover.isBodyDue { form.insert(.last) }
        form.frame(&head)
        if !forms.isEmpty { forms[forms.startIndex] = form }
        begun = (head, ByteBuffer())
    }

    mutating func wrote(_ piece: ByteBuffer) { begun?.last = piece }

    /// - Returns: whether the connection closes behind the answer.
    mutating func end() -> Bool {
        leftover.answerEnded()
        begun = nil
        return forms.popFirst()?.contains(.last) ?? true
    }
}
