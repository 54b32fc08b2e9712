import AsyncHTTPClient
import EmberSystem
import Foundation
import NIOCore
import NIOPosix

/// Errors of connections through a proxy that are the proxy's.
enum ProxyFailures {
    /// - Returns: nil for errors of what lies behind it.
    static func problem(
        _ error: any Error, of proxy: NetworkWay.Proxy, server: Substring
    ) -> NetworkProblem? {
        if let reason = reasonOfNoConnection(error) { return unreached(proxy, reason) }
        let host = OneLine.of(String(server))
        switch error as? HTTPClientError {
        case .connectTimeout?: return unreached(proxy, "it does not answer")
        case .proxyAuthenticationRequired?: return wantsPassword(proxy)
        case .invalidProxyResponse?:
            return NetworkProblem(
                "\(shown(proxy)) does not connect to \(host): it answered CONNECT with an error, as proxies do "
                    + "for hosts that they do not allow or reach; see its log, or name the host in "
                    + "NO_PROXY", mayPass: true)
        case .httpProxyHandshakeTimeout?, .socksHandshakeTimeout?:
            return NetworkProblem("\(shown(proxy)) does not connect to \(host) in time", mayPass: true)
        default:
            // The errors of SOCKS have no common type.
            guard proxy.address.form == .socks, "\(type(of: error))".contains("SOCKS") else { return nil }
            return NetworkProblem("\(shown(proxy)) does not connect to \(host): it refused by SOCKS", mayPass: true)
        }
    }

    private static func unreached(_ proxy: NetworkWay.Proxy, _ reason: String) -> NetworkProblem {
        NetworkProblem(
            "\(shown(proxy)) cannot be reached: \(reason); correct \(proxy.setting), or start the proxy", mayPass: true)
    }

    static func wantsPassword(_ proxy: NetworkWay.Proxy) -> NetworkProblem {
        let why =
            proxy.address.credentials == nil ? "wants a user and password" : "does not accept the user and password"
        return NetworkProblem(
            "\(shown(proxy)) \(why) (HTTP 407): write http://USER:PASSWORD@\(proxy.address) in \(proxy.setting)")
    }

    private static func shown(_ proxy: NetworkWay.Proxy) -> String {
        "the proxy \(proxy.address) of \(proxy.setting)"
    }

    /// - Returns: nil for errors of a connection that was made.
    private static func reasonOfNoConnection(_ error: any Error) -> String? {
        if let error = error as? NIOConnectionError {
            guard let failure = error.connectionErrors.last?.error else { return "its name is not known" }
            return (failure as? IOError).map(words) ?? OneLine.of("\(failure)", limit: 150)
        }
        // A proxy that is named by its address is tried without a list of addresses.
        guard let error = error as? IOError, refusals.contains(error.errnoCode) else { return nil }
        return words(error)
    }

    /// What only a connection that is being made can come to.
    private static let refusals = [ECONNREFUSED, EHOSTUNREACH, ENETUNREACH, ENETDOWN]

    private static func words(_ error: IOError) -> String { String(cString: strerror(error.errnoCode)) }
}
