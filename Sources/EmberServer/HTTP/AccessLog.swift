import EmberSystem
import Foundation
import Hummingbird
import Logging

/// Writes a line for each answer that a client was sent: never a text, a key, or a path that no route has.
struct AccessLog: Sendable {
    let directory: RouteDirectory
    let time: TimeSource
    let logger: Logger

    /// The same response; the line is written once the client has all of it, or has gone.
    ///
    /// - Parameters:
    ///   - path: as the client sent it.
    ///   - arrived: when the request's head had come.
    func logging(
        _ response: Response, to method: HTTPRequest.Method, _ path: String, since arrived: TimeSource.Instant,
        _ note: AccessNote
    ) -> Response {
        var response = response
        let (body, status) = (response.body, response.status.code)
        let shown = directory.shown(path)
        response.body = .init(contentLength: body.contentLength) { writer in
            let result = await Result { try await body.write(writer) }
            write("\(method)", shown, status, time.seconds(since: arrived), note.facts, isWhole: result.isGood)
            try result.get()
        }
        return response
    }

    private func write(
        _ method: String, _ path: String, _ status: Int, _ seconds: Double, _ facts: AccessNote.Facts, isWhole: Bool
    ) {
        var fields: Logger.Metadata = [
            "method": "\(method)", "path": "\(path)", "status": "\(status)", "seconds": "\(Self.text(seconds))",
        ]
        let texts = [
            "request": facts.id, "trace": facts.trace, "model": facts.model, "service": facts.service,
            "place": facts.place, "answered_by": facts.answeredBy, "outcome": facts.outcome, "reason": facts.reason,
            "wait_seconds": facts.seconds.waited.map(Self.text),
            "first_token_seconds": facts.seconds.toFirstToken.map(Self.text),
            "prompt_tokens": facts.tokens.prompt.map { "\($0)" }, "reused_tokens": facts.tokens.reused.map { "\($0)" },
            "answer_tokens": facts.tokens.answer.map { "\($0)" },
        ]
        for case (let name, let text?) in texts { fields[name] = "\(text)" }
        if !isWhole { fields["cut"] = "true" }
        logger.info("access", metadata: fields)
    }

    /// Milliseconds are enough.
    private static func text(_ seconds: Double) -> String { String(format: "%.3f", seconds) }
}

extension Result where Failure == any Error {
    fileprivate init(_ work: () async throws -> Success) async {
        do { self = .success(try await work()) } catch { self = .failure(error) }
    }

    fileprivate var isGood: Bool { if case .success = self { true } else { false } }
}
