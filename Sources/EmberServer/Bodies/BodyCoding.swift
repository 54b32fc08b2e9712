import HTTPTypes
import Hummingbird

/// What a request's head says about how its body comes: held back until Ember asks for it, or compressed.
///
/// All that is behind this sees an ordinary body.
enum BodyCoding {
    /// - Throws: `APIError` for what Ember does not know.
    static func decoded(_ request: Request) throws(APIError) -> Request {
        let (expectation, coding) = (request.headers[.expect], request.headers[.contentEncoding])
        guard expectation != nil || coding != nil else { return request }
        var (head, body) = (request.head, request.body)
        if let expectation {
            guard expectation.lowercased() == "100-continue" else { throw .unknownExpectation(expectation) }
            body = RequestBody(asyncSequence: PromptedBody(base: body))
        }
        if let coding {
            switch coding.lowercased() {
            case "gzip", "x-gzip", "deflate":
                body = RequestBody(asyncSequence: InflatedBody(base: body))
                // It counts compressed bytes.
                head.headerFields[.contentLength] = nil
            case "identity": break
            default: throw .unknownCoding(coding)
            }
            head.headerFields[.contentEncoding] = nil
        }
        return Request(head: head, body: body)
    }
}

/// A body whose client sends it once "100 Continue" has come.
private struct PromptedBody: AsyncSequence, Sendable {
    typealias Element = ByteBuffer
    let base: RequestBody

    struct AsyncIterator: AsyncIteratorProtocol {
        var base: RequestBody.AsyncIterator
        var hasAsked = false

        mutating func next(isolation actor: isolated (any Actor)?) async throws -> ByteBuffer? {
            if !hasAsked { EventLoopExecutor.current?.askForBody() }
            hasAsked = true
            return try await base.next(isolation: actor)
        }

        mutating func next() async throws -> ByteBuffer? { try await next(isolation: nil) }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(base: base.makeAsyncIterator()) }
}

extension APIError {
    fileprivate static func unknownExpectation(_ text: String) -> APIError {
        APIError(
            status: .expectationFailed,
            message: "'\(text.prefix(100))' (Expect) is not understood. Send 100-continue, or leave it out.",
            type: "invalid_request_error", param: "expect", code: "unknown_expectation")
    }

    fileprivate static func unknownCoding(_ text: String) -> APIError {
        var error = APIError(
            status: .unsupportedMediaType,
            message: "Bodies in the coding '\(text.prefix(100))' (Content-Encoding) are not read. "
                + "Send gzip, deflate, or an uncompressed body.",
            type: "invalid_request_error", param: "content-encoding", code: "unknown_content_encoding")
        error.headers[.acceptEncoding] = "gzip, deflate"
        return error
    }
}
