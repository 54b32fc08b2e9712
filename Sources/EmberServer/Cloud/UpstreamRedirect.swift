import Foundation

/// Where an upstream sends a request on to.
///
/// Followed is only what leaves the request as it is (307, 308: of all others clients make a GET) and stays at the same
/// scheme, host and port: no other place may see the key, or the request.
struct UpstreamRedirect {
    /// More in a row are a loop.
    static let most = 3
    static let statuses: ClosedRange<UInt> = 300...399

    /// Nil where the answer is no such redirect.
    ///
    /// - Parameters:
    ///   - url: which was asked.
    /// - Returns: the URL to ask instead.
    /// - Throws: where it must not be followed.
    static func target(of head: AnswerHead, from url: String) throws(OddAnswer) -> String? {
        guard statuses.contains(head.status.code) else { return nil }
        guard [307, 308].contains(head.status.code) else {
            throw .redirect(head, "a request is not sent on with that status")
        }
        guard let location = head.headers.first(name: "location"), !location.isEmpty, let base = URL(string: url),
            let next = URL(string: location, relativeTo: base)?.absoluteURL
        else { throw .redirect(head, "that names no URL") }
        guard next.user() == nil, origin(next) == origin(base) else {
            throw .redirect(
                head,
                "that is another server, which must not get the request; if it should, set upstreams.NAME.url to it")
        }
        return next.absoluteString
    }

    private static func origin(_ url: URL) -> String {
        let scheme = url.scheme?.lowercased() ?? ""
        let port = url.port ?? (scheme == "https" ? 443 : 80)
        return "\(scheme)://\(url.host()?.lowercased() ?? ""):\(port)"
    }
}
