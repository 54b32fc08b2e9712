import EmberCore
import HTTPTypes
import NIOCore
import NIOHTTP1

/// What a request's path declares as its answer, against which the answers of upstreams are held: a portal's page, an
/// empty body or an error has a status of 200 as well.
struct DeclaredAnswer {
    private let kind: RequestKind?
    private let wantsEvents: Bool
    /// The media types that the request itself asks for.
    private let accept: String

    /// Of longer answers no more than that is looked at.
    private static let mostLookedAt = BodyWork.mostBytesInPlace

    init(_ call: InferenceCall) { self.init(call.kind, wantsEvents: call.wantsEvents, headers: call.headers) }

    init(_ kind: RequestKind?, wantsEvents: Bool, headers: HTTPHeaders = [:]) {
        self.kind = kind
        self.wantsEvents = wantsEvents
        accept = headers.first(name: "accept")?.lowercased() ?? ""
    }

    /// Holds a head against it, before anything of the body is read.
    ///
    /// - Returns: the head as the client is to see it.
    func check(_ head: AnswerHead) throws(OddAnswer) -> AnswerHead {
        guard head.status.code < 400 else { return head }
        // Nothing comes with these, or a part of what was never asked for in parts.
        guard (200...299).contains(head.status.code), ![204, 205, 206].contains(head.status.code) else {
            throw .status(head)
        }
        if let coding = head.coding { throw .compressed(coding) }
        if head.isEventStream, !wantsEvents { throw .stream }
        return AnswerHead(status: .ok, headers: head.headers)
    }

    /// Holds an answer's content against it, as far as it has come.
    ///
    /// - Parameter head: with which it came. An answer with another status is the error that a stream began with.
    /// - Returns: the answer; an error of the request, where that is what came with a good status.
    func check(_ answer: EngineAnswer, _ head: AnswerHead) throws -> EngineAnswer {
        guard head.status == .ok else { return answer.withoutLongError }
        if answer.isError { return try Self.error(of: answer) }
        guard !answer.isEventStream else { return answer }
        let (body, isAll) = answer.known
        if mayBeBinary(head), body.readableBytes > 0 { return answer }
        let outline = outline(of: body, isAll)
        let isRead = isAll && body.readableBytes <= Self.mostLookedAt
        if let blamed = try error(in: body, outline, isRead, head) { return blamed }
        guard outline.first != nil || !isAll else { throw OddAnswer.content(head, insteadOf: name, body) }
        if outline.end == .cut { throw BrokenAnswer.cut }
        guard outline.end == .whole, isDeclared(outline, isRead) else {
            throw OddAnswer.content(head, insteadOf: name, body)
        }
        guard !wantsEvents else { throw OddAnswer.noStream }
        return answer.asJSON
    }

    /// An error that came with a good status.
    ///
    /// - Returns: it, where it is the request's; nil: there is none.
    private func error(
        in body: ByteBuffer, _ outline: AnswerOutline, _ isRead: Bool, _ head: AnswerHead
    ) throws(OddAnswer) -> EngineAnswer? {
        // A response has its error beside its output: that it has failed is what the path declares.
        let isResponse = kind == .responses && outline.declared == UInt8(ascii: "[")
        guard !isResponse, outline.tellsError || (isRead && outline.declared == nil) else { return nil }
        // Of a long one no more is read than shows that it is one.
        guard isRead, let error = ErrorObject(told: body.readableBytesView) else {
            if outline.tellsError { throw .content(head, insteadOf: name, body) }
            return nil
        }
        guard error.blamesRequest else { throw .error(error) }
        return EngineAnswer(telling: error)
    }

    /// A stream that has begun with an error.
    private static func error(of answer: EngineAnswer) throws(OddAnswer) -> EngineAnswer {
        guard case .whole(let body) = answer.content, let error = ErrorObject(told: body.readableBytesView),
            !error.blamesRequest
        else { return answer }
        throw .error(error)
    }

    private func outline(of body: ByteBuffer, _ isAll: Bool) -> AnswerOutline {
        body.withUnsafeReadableBytes {
            AnswerOutline($0, looksFor: members, isAll: isAll, most: Self.mostLookedAt)
        }
    }

    private func isDeclared(_ outline: AnswerOutline, _ isRead: Bool) -> Bool {
        switch (outline.first, kind) {
        case (UInt8(ascii: "["), .rerank): true
        case (UInt8(ascii: "{"), .countTokens): outline.declared.map { (0x30...0x39).contains($0) } ?? false
        case (UInt8(ascii: "{"), nil): true
        // In a long answer it may stand behind what was looked at.
        case (UInt8(ascii: "{"), _): outline.declared.map { $0 == UInt8(ascii: "[") } ?? !isRead
        default: false
        }
    }

    private var members: [StaticString] {
        switch kind {
        case .chat, .completions: ["choices"]
        case .responses: ["output"]
        case .messages: ["content"]
        case .countTokens: ["input_tokens"]
        case .embeddings: ["data"]
        case .rerank: ["results", "data"]
        case nil: []
        }
    }

    /// For messages.
    private var name: String {
        if wantsEvents { return "a stream of events" }
        return members.isEmpty ? "JSON" : "JSON with " + members.map { "'\($0)'" }.joined(separator: " or ")
    }

    /// Vectors may be asked for as bytes; all else only by the request's own Accept.
    private func mayBeBinary(_ head: AnswerHead) -> Bool {
        guard !wantsEvents, head.isBinary else { return false }
        return kind == .embeddings && head.mediaType == "application/octet-stream"
            || accept.contains(head.mediaType)
    }
}

extension AnswerHead {
    /// In small letters, without parameters.
    fileprivate var mediaType: String {
        let text = headers.first(name: "content-type") ?? ""
        return text.prefix { $0 != ";" }.trimmingBlanks.lowercased()
    }

    fileprivate var isBinary: Bool {
        let type = mediaType
        return type == "application/octet-stream"
            || ["audio/", "image/", "video/"].contains { type.hasPrefix($0) }
    }

    /// How the body is compressed; nil where it is not.
    var coding: String? {
        let codings = headers[canonicalForm: "content-encoding"].filter { !$0.isEmpty && $0.lowercased() != "identity" }
        return codings.isEmpty ? nil : codings.joined(separator: ", ")
    }
}

extension StringProtocol {
    fileprivate var trimmingBlanks: SubSequence {
        let rest = drop { $0 == " " || $0 == "\t" }
        return rest.prefix(rest.count - rest.reversed().prefix { $0 == " " || $0 == "\t" }.count)
    }
}
