import EmberSystem
import NIOSSL

/// How a server is reached: through which proxy, and by whose certificates it is known.
public struct NetworkWay: Hashable, Sendable {
    /// A proxy, and the setting that names it.
    struct Proxy: Hashable, Sendable {
        let address: ProxyAddress
        let setting: String
        /// Whether the proxy is sent whole URLs, instead of being asked for a connection.
        let forwards: Bool

        init(_ address: ProxyAddress, setting: String, toHTTPS: Bool) {
            (self.address, self.setting) = (address, setting)
            forwards = address.form == .http && !toHTTPS
        }
    }

    /// A file of certificates, in PEM form, that are trusted instead of the system's, and the setting that names it.
    package struct Certificates: Hashable, Sendable {
        package let path: String
        let setting: String

        func read() throws(NetworkProblem) -> [NIOSSLCertificate] {
            let shown = OneLine.of(path)
            guard let found = try? NIOSSLCertificate.fromPEMFile(path) else {
                throw NetworkProblem(
                    "\(setting): the certificates in \(shown) cannot be read; name a readable file in PEM form")
            }
            guard !found.isEmpty else {
                throw NetworkProblem("\(setting): \(shown) has no certificate; name a file in PEM form")
            }
            return found
        }
    }

    var proxy: Proxy?
    var certificates: Certificates?

    /// Reads the certificates once, so that a bad file is found out early; blocks meanwhile.
    ///
    /// - Throws: `NetworkProblem` where they cannot be used.
    public func check() throws(NetworkProblem) { _ = try certificates?.read() }

    /// The proxy's address and setting, for people; nil: there is none.
    package var proxyText: String? { proxy.map { "\($0.address.authority) (\($0.setting))" } }

    /// Without a proxy, by the system's certificates.
    public static let direct = NetworkWay()
}

/// A setting that cannot be used, or a proxy that fails; one line, which shows no password.
public struct NetworkProblem: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String
    /// Whether another try may go well.
    package let mayPass: Bool

    init(_ description: String, mayPass: Bool = false) {
        self.description = description
        self.mayPass = mayPass
    }

    /// The same, of a setting.
    func of(_ setting: String) -> NetworkProblem { NetworkProblem("\(setting) \(description)", mayPass: mayPass) }
}
