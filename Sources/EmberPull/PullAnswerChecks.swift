import AsyncHTTPClient
import EmberNetwork
import EmberSystem
import Foundation
import NIOHTTP1

extension PullAnswer {
    /// Checks status and headers.
    ///
    /// - Throws: `TransientFailure` or `PullError`.
    func start(resumingAt point: ResumePoint?, route: PullRoute) throws -> PullStart {
        try checkStatus(route: route)
        try checkContent()
        switch status {
        case 416:
            // The part ended where the file does; the server says so only of the file that the part is of.
            let isEnd = point.map { headers.first(name: "Content-Range") == "bytes */\($0.offset)" } ?? false
            return isEnd ? .complete : .over
        case 206: return try part(resumingAt: point)
        default: return try whole(resumingAt: point)
        }
    }

    /// Whether the end of a whole file of unknown length differs from a connection that was cut: by a last chunk.
    var tellsItsEnd: Bool { status == 200 && headers.first(name: "Transfer-Encoding") != nil }

    /// What tells the file's versions apart, byte by byte.
    var validator: PartValidator? {
        if let etag = headers.first(name: "ETag"), !etag.hasPrefix("W/") { return .etag(etag) }
        // A date tells versions apart only once it is so old that no second version can have the same.
        guard let modified = headers.first(name: "Last-Modified"), let date = seconds(modified),
            let now = headers.first(name: "Date").flatMap(seconds), now - date >= 60
        else { return nil }
        return .modified(modified)
    }

    private var contentLength: Int? { headers.first(name: "Content-Length").flatMap { Int($0) } }

    private func whole(resumingAt point: ResumePoint?) throws -> PullStart {
        if let text = headers.first(name: "Content-Range") {
            // A status of 200 that is meant to be 206; which part it is, is unknown.
            guard let range = PullRange(contentRange: text), range.isWhole, contentLength ?? range.total == range.total
            else {
                guard point == nil else { return .over }
                throw bad("sends a part of the file (\(OneLine.of(text, limit: 60))) as if it were the whole")
            }
        }
        let total = try agreed(contentLength)
        guard total != 0 else { throw bad("is empty") }
        return .bytes(PullRange(start: 0, end: total, total: total))
    }

    private func part(resumingAt point: ResumePoint?) throws -> PullStart {
        guard let point else { throw bad("sends a part of the file (HTTP 206) where the whole was asked for") }
        guard let text = headers.first(name: "Content-Range"), let range = PullRange(contentRange: text),
            range.start == point.offset, isSameVersion(as: point.validator),
            range.total == nil || point.total == nil || range.total == point.total,
            contentLength == nil || contentLength == range.end.map({ $0 - range.start })
        else { return .over }
        return .bytes(PullRange(start: range.start, end: range.end, total: try agreed(range.total) ?? point.total))
    }

    /// Servers that know nothing of If-Range send the part of another version.
    private func isSameVersion(as expected: PartValidator) -> Bool {
        switch expected {
        case .etag(let tag): headers.first(name: "ETag").map { $0 == tag } ?? true
        case .modified(let date): headers.first(name: "Last-Modified").map { $0 == date } ?? true
        }
    }

    /// The file's length, of which the repository may have said something, too.
    private func agreed(_ total: Int?) throws -> Int? {
        guard let total, let announcedBytes, total != announcedBytes else { return total ?? announcedBytes }
        throw TransientFailure(
            reason: "the server sends \(total) bytes, and the repository says that the file has \(announcedBytes)")
    }

    private func checkContent() throws {
        guard headers.first(name: "Content-Type")?.lowercased().hasPrefix("text/html") != true else {
            throw PullError.webPage(url: PullURL.display(url))
        }
        guard status != 416 else { return }
        if headers.first(name: "Content-Type")?.lowercased().hasPrefix("multipart/byteranges") == true {
            throw bad("sends several ranges where one was asked for")
        }
        let encoding = headers[canonicalForm: "Content-Encoding"].first { $0.lowercased() != "identity" }
        guard let encoding else { return }
        throw bad("is sent compressed (\(OneLine.of(String(encoding), limit: 40))) though that was not asked for")
    }

    private func bad(_ why: String) -> PullError { .badAnswer(url: PullURL.display(url), why: why) }

    private func checkStatus(route: PullRoute) throws {
        let shown = PullURL.display(url)
        switch status {
        case 200, 206, 416: return
        case 404, 410: throw PullError.notFound(url: shown)
        case 401, 403:
            if url != route.start, !route.isEndpoint(url) {
                throw TransientFailure(
                    reason:
                        "the server that \(PullURL.display(route.start)) redirects to, \(url.host() ?? ""), "
                        + "answered HTTP \(status), as to signed addresses that have expired")
            }
            throw PullError.notAuthorized(
                url: PullURL.display(route.start), status: status, advice: Self.advice(route: route))
        case 408, 425, 429, 500, 502, 503, 504:
            throw TransientFailure(reason: "the server answered HTTP \(status)", wait: retryAfter)
        default: throw PullError.refused(url: shown, status: status)
        }
    }

    private static func advice(route: PullRoute) -> String {
        guard let endpoint = route.endpoint else {
            return "ember sends no credentials to plain URLs; use an hf: source with HF_TOKEN, or download it by hand"
        }
        guard route.token != nil else {
            return "the repository is private, gated or misspelt; accept its terms on its page, then set HF_TOKEN"
        }
        guard route.token(for: endpoint) != nil else {
            return "HF_TOKEN was not sent since HF_ENDPOINT is plain HTTP; use an https:// endpoint"
        }
        return "the token in HF_TOKEN was not accepted; accept the repository's terms with the token's account,"
            + " and check that the token may read it"
    }

    /// Retry-After as seconds or as a date.
    private var retryAfter: Duration? {
        guard let text = headers.first(name: "Retry-After")?.trimmingCharacters(in: .whitespaces) else { return nil }
        if let seconds = Int(text) { return .seconds(min(max(0, seconds), 86_400)) }
        return seconds(text).map { .seconds(min(max(0, $0 - time), 86_400)) }
    }

    private func seconds(_ date: String) -> Double? {
        HTTPDate.seconds(date, now: time)
    }
}
