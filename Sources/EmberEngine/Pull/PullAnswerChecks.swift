import AsyncHTTPClient
import Foundation
import NIOHTTP1

/// The part of a file that an answer carries.
struct PullRange: Hashable, Sendable {
    let start: Int
    /// Length of the whole file; nil when the server does not say.
    let total: Int?
}

extension PullAnswer {
    /// Checks status and headers.
    ///
    /// - Returns: nil when the server has no such range, so that the download has to start anew.
    /// - Throws: `TransientFailure` or `PullError`.
    func range(resumingAt point: ResumePoint?, route: PullRoute) throws -> PullRange? {
        try checkStatus(route: route)
        guard headers.first(name: "Content-Type")?.lowercased().hasPrefix("text/html") != true else {
            throw PullError.webPage(url: PullURL.display(url))
        }
        if status == 416 { return nil }
        guard status == 206 else {
            return PullRange(start: 0, total: headers.first(name: "Content-Length").flatMap { Int($0) })
        }
        guard let point, let range = contentRange, range.start == point.offset else { return nil }
        return range
    }

    /// The entity tag, if it tells apart versions byte by byte.
    var strongETag: String? {
        headers.first(name: "ETag").flatMap { $0.hasPrefix("W/") ? nil : $0 }
    }

    private var contentRange: PullRange? {
        let pattern = /bytes ([0-9]+)-[0-9]+\/([0-9]+|\*)/
        guard let match = headers.first(name: "Content-Range")?.wholeMatch(of: pattern), let start = Int(match.1)
        else { return nil }
        return PullRange(start: start, total: Int(match.2))
    }

    private func checkStatus(route: PullRoute) throws {
        let shown = PullURL.display(url)
        switch status {
        case 200, 206, 416: return
        case 404, 410: throw PullError.notFound(url: shown)
        case 401, 403:
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
        guard let text = headers.first(name: "Retry-After") else { return nil }
        if let seconds = Int(text) { return .seconds(min(max(0, seconds), 86_400)) }
        let format = DateFormatter()
        format.locale = Locale(identifier: "en_US_POSIX")
        format.timeZone = TimeZone(secondsFromGMT: 0)
        format.dateFormat = "EEE, dd MMM yyyy HH:mm:ss zzz"
        guard let date = format.date(from: text) else { return nil }
        return .seconds(min(max(0, date.timeIntervalSinceNow), 86_400))
    }
}
