public import EmberDocument

/// An entry of `cors.origins`: which pages may use the server.
public enum OriginPattern: Sendable, Equatable {
    /// `*`: every page, without credentials.
    case any
    /// `desktop`: pages of programs on the user's own machine, as far as these have schemes or hosts that no web site
    /// can have.
    case desktop
    /// `scheme://host`, `scheme://host:port`; `*` for the port, `*.` before the host, and `*` as the host of schemes
    /// that are not the web's, stand for all of them.
    case pages(scheme: String, host: Host, port: Port)

    public enum Host: Sendable, Equatable {
        case any
        case named(String)
        case below(String)
    }

    public enum Port: Sendable, Equatable {
        case any
        /// nil: the scheme's own.
        case number(Int?)
    }

    static let desktopOrigins = [
        "app://*", "file://", "tauri://localhost", "http://tauri.localhost", "https://tauri.localhost",
        "vscode-webview://*", "vscode-file://vscode-app", "capacitor://localhost", "ionic://localhost",
    ]

    private static let desktopPatterns = desktopOrigins.compactMap { try? parse($0) }

    public func matches(_ origin: WebOrigin) -> Bool {
        switch self {
        case .any: true
        case .desktop: Self.desktopPatterns.contains { $0.matches(origin) }
        case .pages(let scheme, let host, let port):
            scheme == origin.scheme && host.matches(origin.host) && port.matches(origin)
        }
    }

    public static func parse(_ text: String) throws(QuantityError) -> OriginPattern {
        switch text {
        case "*": return .any
        case "desktop": return .desktop
        case "null":
            throw QuantityError("would let in every web page, since any of them can have the origin null in a frame")
        default: break
        }
        guard let mark = text.range(of: "://"), WebOrigin.isScheme(text[..<mark.lowerBound]) else {
            throw QuantityError("has no scheme, as in https://chat.example.org, in small letters")
        }
        let scheme = String(text[..<mark.lowerBound])
        guard !text[mark.upperBound...].contains("/") else {
            throw QuantityError("has a path; an origin ends with its host and port")
        }
        return try pages(scheme, String(text[mark.upperBound...]))
    }

    private static func pages(_ scheme: String, _ place: String) throws(QuantityError) -> OriginPattern {
        let anyPort = place.hasSuffix(":*")
        let rest = anyPort ? String(place.dropLast(2)) : place
        if rest == "*" {
            guard scheme != "http", scheme != "https" else {
                throw QuantityError(
                    "would let in every web page; name the hosts, or write * alone, which sends no credentials")
            }
            return .pages(scheme: scheme, host: .any, port: .any)
        }
        let isBelow = rest.hasPrefix("*.")
        guard let parsed = HostAndPort(isBelow ? String(rest.dropFirst(2)) : rest, mayBeEmpty: scheme == "file"),
            !anyPort || parsed.port == nil
        else { throw QuantityError("has a host that is no name or address") }
        return .pages(
            scheme: scheme, host: isBelow ? .below(parsed.host) : .named(parsed.host),
            port: anyPort ? .any : .number(parsed.port))
    }

    /// `parse` gives the same entry back.
    public var text: String {
        switch self {
        case .any: return "*"
        case .desktop: return "desktop"
        case .pages(let scheme, let host, let port):
            let name =
                switch host {
                case .any: "*"
                case .named(let name): name.contains(":") ? "[\(name)]" : name
                case .below(let name): "*.\(name)"
                }
            let suffix =
                switch port {
                case .any: host == .any ? "" : ":*"
                case .number(let number): number.map { ":\($0)" } ?? ""
                }
            return "\(scheme)://\(name)\(suffix)"
        }
    }
}

extension OriginPattern.Host {
    func matches(_ host: String) -> Bool {
        switch self {
        case .any: true
        case .named(let name): host == name
        case .below(let name): host.hasSuffix("." + name)
        }
    }
}

extension OriginPattern.Port {
    func matches(_ origin: WebOrigin) -> Bool {
        switch self {
        case .any: true
        case .number(let number): (number ?? Self.usual(origin.scheme)) == origin.effectivePort
        }
    }

    private static func usual(_ scheme: String) -> Int? { scheme == "http" ? 80 : scheme == "https" ? 443 : nil }
}
