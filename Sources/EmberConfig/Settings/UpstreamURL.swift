import EmberCore
import EmberDocument
import Foundation

extension ValueType where Value == String {
    /// The base URL of an upstream, without a slash at its end.
    static let upstreamURL = ValueType.scalar(
        "a URL", hint: "an http or https URL",
        schema: .orEnvironment(
            .object([
                "type": "string", "format": "uri", "pattern": "^https?://",
            ])),
        // A URL may hold a password, even where it must not.
        isSecret: true, encode: { .string($0) }, convert: UpstreamURL.parse
    )
}

enum UpstreamURL {
    static func parse(_ text: String) throws(QuantityError) -> String {
        guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }), let parts = URLComponents(string: text) else {
            throw QuantityError("is not a URL")
        }
        guard parts.scheme == "http" || parts.scheme == "https" else {
            throw QuantityError("does not begin with http:// or https://")
        }
        guard let host = parts.host, !host.isEmpty else { throw QuantityError("has no host") }
        guard parts.user == nil, parts.password == nil else {
            throw QuantityError("has a user or password in it; use key or key_file for it")
        }
        guard parts.query == nil, parts.fragment == nil else { throw QuantityError("has a query or fragment") }
        guard parts.port.map({ (1...65_535).contains($0) }) ?? true else {
            throw QuantityError("has a port that is not between 1 and 65535")
        }
        return String(text.reversed().drop { $0 == "/" }.reversed())
    }

    /// Whether a key sent there can be read on the way.
    static func sendsInTheClear(_ url: String) -> Bool {
        guard let parts = URLComponents(string: url), parts.scheme == "http", let host = parts.host else {
            return false
        }
        let bare = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        return !ListenAddress.tcp(host: bare, port: 0).isLocal
    }
}
