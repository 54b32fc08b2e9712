import EmberCore
import Foundation

/// A proxy through which servers are reached. Its user and password are in no description.
public struct ProxyAddress: Sendable {
    enum Form: Hashable, Sendable {
        /// HTTP: CONNECT for https, whole URLs in request lines for http.
        case http
        case socks
    }

    let form: Form
    /// Without the brackets of an IPv6 address.
    let host: String
    let port: Int
    /// "user:password" in Base64; nil: the proxy wants none.
    let credentials: Secret?

    /// Reads `[http://][USER:PASSWORD@]HOST[:PORT]` or `socks5://HOST[:PORT]`.
    ///
    /// - Throws: `NetworkProblem`, which does not show the text: it may hold a password.
    public init(_ text: String) throws(NetworkProblem) {
        var rest = text[...]
        (form, rest) = try Self.form(of: rest)
        let authority = rest.prefix { !"/?#".contains($0) }
        guard ["", "/"].contains(rest[authority.endIndex...]) else {
            throw NetworkProblem("has something after its host and port; remove it (a / in a password is written %2F)")
        }
        let at = authority.lastIndex(of: "@")
        credentials = try at.map { (at) throws(NetworkProblem) in try Self.credentials(authority[..<at]) }
        guard credentials == nil || form == .http else {
            throw NetworkProblem("has a user or password, which Ember sends to http:// proxies alone")
        }
        (host, port) = try Self.hostAndPort(
            authority[(at.map { authority.index(after: $0) } ?? authority.startIndex)...],
            usual: form == .socks ? 1080 : 80)
    }

    /// Host and port as they stand in a URL.
    var authority: String { "\(host.contains(":") ? "[\(host)]" : host):\(port)" }

    private static func form(of text: Substring) throws(NetworkProblem) -> (Form, Substring) {
        guard let end = text.firstRange(of: "://") else { return (.http, text) }
        let rest = text[end.upperBound...]
        switch text[..<end.lowerBound].lowercased() {
        case "http": return (.http, rest)
        case "socks5", "socks5h": return (.socks, rest)
        case "https":
            throw NetworkProblem(
                "is a proxy that is itself reached by TLS, which Ember cannot do; write http://HOST:PORT")
        default: throw NetworkProblem("is not an address such as http://HOST:PORT or socks5://HOST:PORT")
        }
    }

    private static func credentials(_ text: Substring) throws(NetworkProblem) -> Secret {
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard let user = parts[0].removingPercentEncoding,
            let password = parts.count > 1 ? parts[1].removingPercentEncoding : ""
        else { throw NetworkProblem("has a user or password with a % that is no escape; write % as %25") }
        return Secret(Data("\(user):\(password)".utf8).base64EncodedString())
    }

    private static func hostAndPort(_ text: Substring, usual: Int) throws(NetworkProblem) -> (String, Int) {
        var (name, digits) = (text, Substring())
        if text.first == "[", let close = text.firstIndex(of: "]") {
            (name, digits) = (text[..<close].dropFirst(), text[close...].dropFirst())
            guard IPAddress(String(name)) != nil else { throw NetworkProblem("has no IPv6 address in its brackets") }
        } else if let colon = text.firstIndex(of: ":") {
            (name, digits) = (text[..<colon], text[colon...])
        }
        let isName = name.utf8.allSatisfy {
            ($0 | 0x20) >= 0x61 && ($0 | 0x20) <= 0x7A || "0123456789.-_:".utf8.contains($0)
        }
        guard !name.isEmpty, isName else { throw NetworkProblem("has no host; write http://HOST:PORT") }
        guard !digits.isEmpty else { return (String(name), usual) }
        guard digits.first == ":", let port = Int(digits.dropFirst()), (1...65_535).contains(port) else {
            throw NetworkProblem("has a port that is not between 1 and 65535")
        }
        return (String(name), port)
    }
}

extension ProxyAddress: Hashable {
    public static func == (one: ProxyAddress, other: ProxyAddress) -> Bool {
        one.form == other.form && one.host == other.host && one.port == other.port
            && one.credentials == other.credentials
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(host)
        hasher.combine(port)
    }
}

extension ProxyAddress: CustomStringConvertible {
    public var description: String { authority }
}
