public import EmberCore
public import Foundation

/// What the environment variables HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY and SSL_CERT_FILE say about ways to
/// servers.
///
/// Of a proxy's two spellings the small one counts first; an empty variable is none. Servers on this machine are never
/// asked through a proxy that a variable names.
public struct NetworkEnvironment: Sendable {
    private let variables: [String: String]

    public init(_ variables: [String: String]) { self.variables = variables }

    /// The way to a server.
    ///
    /// - Throws: `NetworkProblem` for a variable that cannot be understood.
    public func way(to url: URL) throws(NetworkProblem) -> NetworkWay {
        let isHTTPS = url.scheme?.lowercased() == "https"
        var way = NetworkWay()
        if isHTTPS { way.certificates = certificates }
        let host = (url.host() ?? "").trimmingCharacters(in: ["[", "]"])
        guard let proxy = proxy(toHTTPS: isHTTPS), !Self.isThisMachine(host) else { return way }
        let exceptions = ProxyExceptions(value("no_proxy", "NO_PROXY")?.text ?? "")
        guard !exceptions.cover(host, port: url.port ?? (isHTTPS ? 443 : 80)) else { return way }
        do throws(NetworkProblem) {
            way.proxy = .init(try ProxyAddress(proxy.text), setting: proxy.name, toHTTPS: isHTTPS)
        } catch {
            throw error.of(proxy.name)
        }
        return way
    }

    /// The way to an upstream, whose own settings go before the variables.
    ///
    /// - Parameters:
    ///   - proxy: the address of a proxy, or "none"; nil: as the variables say.
    ///   - certificates: the path of a file; nil: as the variables say.
    ///   - name: what the upstream is called in the configuration.
    public func way(
        to url: URL, proxy: Secret?, certificates path: String?, ofUpstream name: String
    ) throws(NetworkProblem) -> NetworkWay {
        let isHTTPS = url.scheme?.lowercased() == "https"
        var way = proxy == nil ? try self.way(to: url) : NetworkWay()
        if isHTTPS {
            way.certificates = path.map { .init(path: $0, setting: "upstreams.\(name).ca_file") } ?? certificates
        }
        guard let proxy, proxy.revealed != "none" else { return way }
        let setting = "upstreams.\(name).proxy"
        do throws(NetworkProblem) {
            way.proxy = .init(try ProxyAddress(proxy.revealed), setting: setting, toHTTPS: isHTTPS)
        } catch {
            throw error.of(setting)
        }
        return way
    }

    /// The variable that names a proxy to https servers, for messages about other programs.
    package var httpsProxyVariable: String? { proxy(toHTTPS: true)?.name }

    /// The file of SSL_CERT_FILE.
    package var certificates: NetworkWay.Certificates? {
        value("SSL_CERT_FILE").map { .init(path: $0.text, setting: $0.name) }
    }

    private func proxy(toHTTPS isHTTPS: Bool) -> (name: String, text: String)? {
        let own = isHTTPS ? value("https_proxy", "HTTPS_PROXY") : httpProxy
        return own ?? value("all_proxy", "ALL_PROXY")
    }

    /// A web server that starts programs by CGI sets HTTP_PROXY to what a client's header "Proxy" says.
    private var httpProxy: (name: String, text: String)? {
        variables["REQUEST_METHOD"] == nil ? value("http_proxy", "HTTP_PROXY") : value("http_proxy")
    }

    private func value(_ names: String...) -> (name: String, text: String)? {
        for name in names {
            let text = variables[name]?.trimmingCharacters(in: .whitespacesAndNewlines) ?? ""
            if !text.isEmpty { return (name, text) }
        }
        return nil
    }

    private static func isThisMachine(_ host: String) -> Bool {
        let name = host.lowercased()
        if name == "localhost" || name.hasSuffix(".localhost") { return true }
        return IPAddress(name)?.isLoopback ?? false
    }
}
