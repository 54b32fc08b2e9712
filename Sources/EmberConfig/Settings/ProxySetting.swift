import EmberCore
import EmberDocument
import Foundation

extension ValueType where Value == Secret {
    /// The address of a proxy, which may hold a password, or `none`.
    static let proxy = ValueType.scalar(
        "a proxy", hint: "none, http://HOST:PORT or socks5://HOST:PORT,",
        schema: .orEnvironment(.object(["type": "string", "pattern": "^(none|(http|socks5h?)://.+)$"])),
        isSecret: true, convert: ProxySetting.parse
    )
}

enum ProxySetting {
    static func parse(_ text: String) throws(QuantityError) -> Secret {
        if text == "none" { return Secret(text) }
        guard text.utf8.allSatisfy({ (0x21...0x7E).contains($0) }), text.removingPercentEncoding != nil,
            let parts = URLComponents(string: text)
        else {
            throw QuantityError("is not a URL; a % in a password is written %25, and an @ as %40")
        }
        guard let scheme = parts.scheme, ["http", "socks5", "socks5h"].contains(scheme) else {
            throw QuantityError("does not begin with http:// or socks5://")
        }
        guard let host = parts.host, !host.isEmpty else { throw QuantityError("has no host") }
        guard parts.port.map({ (1...65_535).contains($0) }) ?? true else {
            throw QuantityError("has a port that is not between 1 and 65535")
        }
        guard ["", "/"].contains(parts.path), parts.query == nil, parts.fragment == nil else {
            throw QuantityError("has something after its host and port")
        }
        guard scheme == "http" || parts.user == nil && parts.password == nil else {
            throw QuantityError("has a user or password, which Ember sends to http:// proxies alone")
        }
        return Secret(text)
    }
}
