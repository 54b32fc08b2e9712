import EmberConfig
import HTTPTypes

/// Decides what web pages, and names of this server that are not its own, may do.
///
/// A page of another site can make its reader's browser send requests here. Such a request shows itself by Origin and
/// Sec-Fetch-Site; or it has let its own name point at this server (DNS rebinding), and then that name is what Host
/// says. Programs send neither of the two headers, and call the server by its address or a name that its operator
/// knows.
struct PageAccess: Sendable {
    /// Pages that may use the server, beside its own.
    var origins: [OriginPattern] = []
    /// Names that count as this server's own, beside addresses and localhost.
    var hosts: [HostPattern] = []
    /// No page reaches a Unix socket, whatever name it is called by there.
    var isUnixSocket = false

    enum Verdict: Equatable {
        /// With what the page may read; nil: no page of another origin asks.
        case allowed(Grant?)
        case refused(Refusal, Grant?)
        /// The question that browsers ask before a request.
        case preflight(Grant)
    }

    /// What a page of an allowed origin gets.
    struct Grant: Equatable {
        /// The origin, or `*`.
        let origin: String
        /// Whether browsers may send what they hold of this server by themselves, such as cookies of a proxy.
        var takesCredentials: Bool { origin != "*" }
    }

    enum Refusal: Error, Equatable {
        /// Host is missing, there twice, or none.
        case badHost
        case foreignHost(String)
        case foreignOrigin(String)
        /// What Sec-Fetch-Site says.
        case foreignSite(String)
    }

    /// - Parameter hasKey: asked only where it matters.
    func judge(_ request: HTTPRequest, hasKey: () -> Bool) -> Verdict {
        if Self.isPlain(request) { return .allowed(nil) }
        let host = request.authority.flatMap { HostAndPort($0) }
        if !isUnixSocket, host == nil || request.headerFields.contains(.host) { return .refused(.badHost, nil) }
        var grant: Grant?
        if let origin = request.headerFields[.origin] {
            switch standing(of: origin, at: host) {
            case .own: break
            case .foreign: return .refused(.foreignOrigin(origin), nil)
            case .granted(let given):
                if Self.isPreflight(request) { return .preflight(given) }
                grant = given
            }
        }
        if grant == nil, let site = request.headerFields[.fetchSite], site != "same-origin", site != "none" {
            return .refused(.foreignSite(site), nil)
        }
        guard isUnixSocket || host.map(isOurs) == true || hasKey() else {
            return .refused(.foreignHost(host?.host ?? ""), grant)
        }
        return .allowed(grant)
    }

    /// Whether a program calls the server by an address, as nearly all do. Says no where it would have to look closer.
    private static func isPlain(_ request: HTTPRequest) -> Bool {
        guard let authority = request.authority, HostAndPort.isPlainAddress(authority) else { return false }
        let fields = request.headerFields
        return !fields.contains(.origin) && !fields.contains(.fetchSite) && !fields.contains(.host)
    }

    private enum Standing {
        case own
        case granted(Grant)
        case foreign
    }

    private func standing(of text: String, at host: HostAndPort?) -> Standing {
        let origin = WebOrigin(text)
        if let origin, let host, Self.isSame(origin, host) { return .own }
        if let origin, origins.contains(where: { $0 != .any && $0.matches(origin) }) {
            return .granted(Grant(origin: text))
        }
        return origins.contains(.any) ? .granted(Grant(origin: "*")) : .foreign
    }

    /// Ember itself speaks only HTTP.
    private static func isSame(_ origin: WebOrigin, _ host: HostAndPort) -> Bool {
        origin.scheme == "http" && origin.host == host.host && origin.effectivePort == host.port ?? 80
    }

    private func isOurs(_ host: HostAndPort) -> Bool {
        host.isAddress || host.isLoopbackName || hosts.contains { $0.matches(host.host) }
    }

    private static func isPreflight(_ request: HTTPRequest) -> Bool {
        request.method == .options && request.headerFields.contains(.accessControlRequestMethod)
    }
}

extension HTTPField.Name {
    static let host = HTTPField.Name("host")!
    /// How the page that has sent a request is related to this server; browsers let no page write it.
    static let fetchSite = HTTPField.Name("sec-fetch-site")!
}
