public import EmberDocument

/// An entry of `allowed_hosts`: a name by which the server may be called, or `*.` and a domain for all names below it.
public struct HostPattern: Sendable, Equatable {
    private let name: String
    private let isBelow: Bool

    public static func parse(_ text: String) throws(QuantityError) -> HostPattern {
        let isBelow = text.hasPrefix("*.")
        guard let parsed = HostAndPort(isBelow ? String(text.dropFirst(2)) : text), !parsed.isBracketed else {
            throw QuantityError("is no host's name")
        }
        guard parsed.port == nil else { throw QuantityError("has a port; every port of the name is meant") }
        return HostPattern(name: parsed.host, isBelow: isBelow)
    }

    public var text: String { isBelow ? "*.\(name)" : name }

    public func matches(_ host: String) -> Bool { isBelow ? host.hasSuffix(".\(name)") : host == name }
}
