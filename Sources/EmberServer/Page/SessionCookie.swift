import EmberConfig
import HTTPTypes
import Hummingbird

/// The cookie that stands for a login to the page, and the header that goes with its acts.
enum SessionCookie {
    static let name = "ember_session"

    /// - Parameter isSecure: whether browsers may send it over TLS only.
    static func set(_ id: String, isSecure: Bool) -> String {
        "\(name)=\(id); Max-Age=\(Int(PageSessions.lifeSeconds)); \(attributes(isSecure))"
    }

    static func removed(isSecure: Bool) -> String { "\(name)=; Max-Age=0; \(attributes(isSecure))" }

    private static func attributes(_ isSecure: Bool) -> String {
        "Path=/; HttpOnly; SameSite=Strict" + (isSecure ? "; Secure" : "")
    }

    /// The id in a request's cookies; nil where there is none, or the request comes from a page that is not Ember's
    /// own.
    static func id(in request: HTTPRequest) -> String? {
        guard let cookies = request.headerFields[.cookie], isOfOwnPage(request) else { return nil }
        for cookie in cookies.split(separator: ";") {
            let parts = cookie.split(separator: "=", maxSplits: 1)
            guard parts.count == 2, parts[0].drop(while: { $0 == " " }) == name else { continue }
            return String(parts[1])
        }
        return nil
    }

    /// Whether the page that asks came by TLS, through a proxy: Ember itself speaks only HTTP.
    static func isByTLS(_ request: HTTPRequest) -> Bool {
        request.headerFields[.origin].flatMap { WebOrigin($0) }?.scheme == "https"
    }

    /// Cookies know no ports: a page of another port of this host would send the cookie, too.
    private static func isOfOwnPage(_ request: HTTPRequest) -> Bool {
        if let site = request.headerFields[.fetchSite], site != "same-origin", site != "none" { return false }
        guard let text = request.headerFields[.origin] else { return true }
        guard let origin = WebOrigin(text), let host = request.authority.flatMap({ HostAndPort($0) }) else {
            return false
        }
        let usual = origin.scheme == "https" ? 443 : 80
        return origin.host == host.host && origin.effectivePort == host.port ?? usual
    }
}

extension HTTPField.Name {
    /// The token of the page's session: it goes with all requests that are no GET.
    static let sessionToken = HTTPField.Name("x-ember-token")!
}
