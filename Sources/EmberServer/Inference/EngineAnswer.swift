import EmberEngine
import Foundation
import NIOCore
import NIOHTTP1

/// The head of an engine's or upstream's answer.
struct AnswerHead: Sendable {
    let status: HTTPResponseStatus
    let headers: HTTPHeaders

    var isEventStream: Bool { hasType("text/event-stream") }

    /// Whether the end of the answer is marked, so that a connection that ends before it is noticed.
    fileprivate var marksEnd: Bool {
        headers.contains(name: "content-length")
            || headers[canonicalForm: "transfer-encoding"].contains { $0.lowercased() == "chunked" }
    }

    fileprivate var isJSON: Bool { hasType("application/json") }

    /// - Parameter type: in small letters.
    private func hasType(_ type: String) -> Bool {
        guard let told = headers.first(name: "content-type") else { return false }
        return told.hasPrefix(type) || told.lowercased().hasPrefix(type)
    }
}

/// An engine's answer of which the client has seen nothing yet.
struct EngineAnswer: Sendable {
    enum Content: Sendable {
        case whole(ByteBuffer)
        /// `first` is nil for an empty body.
        case pieces(first: ByteBuffer?, rest: any AnswerBody)
    }

    private(set) var head: AnswerHead
    let content: Content
    /// Of a long whole answer: its place among those that are held back.
    var held: HeldAnswer?
    /// The upstream's whose answer it is; nil: an engine's.
    private(set) var target: CloudTarget?
    /// Whether a stream has a usage that the client has not asked for.
    var hidesUsage = false
    /// nil where it names the model as the request did.
    var echo: ModelEcho?
    /// It is a chat's, whose request was one for messages; nil: it goes to the client in its own form.
    var translation: MessagesAnswer?
    /// Whose fault it is that it is an error; nil: it is none, or its status says that the request is at fault.
    private(set) var fault: AnswerFault?

    /// Larger answers are passed on piece by piece instead of being held back for a possible retry; in bytes.
    static let largestHeld = WireAnswer.largestWhole
    /// Of those whose length is not known beforehand, and so counts for nothing among those that are held back.
    static let largestUnmeasured = 64 << 10

    init(_ head: AnswerHead, _ content: Content) {
        (self.head, self.content) = (head, content)
        if isError { fault = AnswerFault(self, at: .now) }
    }

    /// An answer that has come as a whole.
    ///
    /// - Throws: `BrokenAnswer` where it is a stream without its end.
    nonisolated(nonsending) init(_ head: AnswerHead, whole: ByteBuffer, _ form: APIForm) async throws {
        guard head.status == .ok, head.isEventStream else {
            self.init(head, .whole(whole))
            return
        }
        try await self.init(head, first: whole, rest: NothingMore())
        // One that has begun with an error ends with it.
        guard !isError, form != .other else { return }
        var usage = UsageScanner()
        usage.read(whole)
        if form.end(of: usage.lastBytes) == nil { throw BrokenAnswer.cut }
    }

    /// An answer that comes in pieces: a stream is passed on so from its first event on, all else is held back until it
    /// is whole, as long as it is short.
    ///
    /// - Parameters:
    ///   - largest: a longer one is passed on in pieces; in bytes.
    ///   - checksEnd: whether what is to be JSON must be whole.
    /// - Throws: `BrokenAnswer` where it ends too early.
    init(
        _ head: AnswerHead, first: ByteBuffer?, rest: any AnswerBody, largest: Int = largestUnmeasured,
        checksEnd: Bool = true
    ) async throws {
        if head.status == .ok, head.isEventStream {
            let (begun, hasEnded) = try await Self.firstEvent(first, rest)
            self =
                Self.error(in: begun)
                ?? EngineAnswer(head, .pieces(first: begun, rest: hasEnded ? NothingMore() : rest))
            return
        }
        var body = ByteBuffer()
        var piece = first
        while var next = piece {
            body.writeBuffer(&next)
            guard body.readableBytes <= largest else {
                self.init(head, .pieces(first: body, rest: rest))
                return
            }
            piece = try await rest.next()
        }
        self.init(head, .whole(body))
        guard checksEnd, head.status == .ok else { return }
        var json = JSONExtent()
        json.read(body)
        let mayBeCut = head.isJSON || !marksEnd
        if json.isEmpty ? !marksEnd : !json.isWhole && mayBeCut { throw BrokenAnswer.cut }
    }

    /// What comes of a stream up to the end of its first event: what a server sends before, to say that it still lives,
    /// is no answer yet.
    private static func firstEvent(
        _ first: ByteBuffer?, _ rest: any AnswerBody
    ) async throws -> (begun: ByteBuffer, hasEnded: Bool) {
        guard var begun = first else { throw BrokenAnswer.empty }
        var event = FirstEvent()
        while !event.isComplete(in: begun), begun.readableBytes < largestPreamble {
            guard var piece = try await rest.next() else {
                // An event that no blank line has ended.
                guard event.hasBegun(in: begun) else { throw BrokenAnswer.empty }
                return (begun, true)
            }
            begun.writeBuffer(&piece)
        }
        return (begun, false)
    }

    /// A stream that begins with an error is as good as an answer with that status.
    private static func error(in begun: ByteBuffer) -> EngineAnswer? {
        var filter = EventStreamFilter(hidesUsage: false)
        var event = FirstEvent()
        var passed = filter.passOn(begun)
        // Its end may be that of the stream.
        if filter.error == nil, passed.readableBytes == 0 { passed = filter.end() }
        guard let error = filter.error, !event.isComplete(in: passed) else { return nil }
        return EngineAnswer(telling: error)
    }

    /// An error that a server has sent with a good status, or in a stream.
    init(telling error: ErrorObject) {
        let head = AnswerHead(
            status: HTTPResponseStatus(statusCode: error.status), headers: ["content-type": "application/json"])
        self.init(head, .whole(ByteBuffer(bytes: error.json(in: .other, status: error.status))))
    }

    private static let largestPreamble = 64 << 10

    /// It comes from an upstream, of which some statuses say more than of an engine.
    mutating func come(from target: CloudTarget) {
        self.target = target
        if let fault = AnswerFault(ofUpstream: status) { self.fault = fault }
    }

    /// What has come of its content, and whether that is all.
    var known: (ByteBuffer, isAll: Bool) {
        switch content {
        case .whole(let body): (body, true)
        case .pieces(let first, _): (first ?? ByteBuffer(), false)
        }
    }

    /// Of an error no more than its beginning: what comes behind it is given up.
    var withoutLongError: EngineAnswer {
        guard isError, case .pieces(let first, _) = content else { return self }
        return EngineAnswer(head, .whole(first ?? ByteBuffer()))
    }

    /// Told as the JSON that it is, whatever its server calls it: clients go by that.
    var asJSON: EngineAnswer {
        guard !head.isJSON else { return self }
        var answer = self
        var headers = head.headers
        headers.replaceOrAdd(name: "content-type", value: "application/json")
        answer.head = AnswerHead(status: head.status, headers: headers)
        return answer
    }

    /// Tells the client that its request is at fault: clients try a 500 again.
    mutating func blameRequest() {
        guard fault != nil else { return }
        fault = .request
        head = AnswerHead(status: .badRequest, headers: ["content-type": "application/json"])
    }

    var status: HTTPResponseStatus { head.status }

    /// Whether its end is marked by HTTP itself, and not by the connection's.
    var marksEnd: Bool { head.marksEnd }

    var isError: Bool { head.status.code >= 400 }

    var isEventStream: Bool { head.isEventStream }
}

/// The rest of an answer, read piece by piece. Letting go of it before its end closes its connection.
protocol AnswerBody: Sendable {
    /// The next piece; nil at the end.
    func next() async throws -> ByteBuffer?
}

extension WireBody: AnswerBody {}

/// The rest of an answer that has come as a whole.
private struct NothingMore: AnswerBody {
    func next() async throws -> ByteBuffer? { nil }
}

/// An answer that has ended as if it were whole, and is not.
enum BrokenAnswer: Error, CustomStringConvertible {
    /// A stream without an event.
    case empty
    /// The end is missing.
    case cut

    var description: String {
        switch self {
        case .empty: "its stream had no event"
        case .cut: "its answer ended before its end"
        }
    }
}
