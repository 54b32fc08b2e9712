import Foundation

/// What a Host field says: a name or an address, and perhaps a port.
public struct HostAndPort: Sendable, Equatable {
    /// In small letters; an IPv6 address without its brackets, a name without a dot at its end.
    public let host: String
    public let port: Int?
    /// Whether it is an IPv6 address in brackets.
    public let isBracketed: Bool

    /// nil for what is no host, such as two of them, or one with a user's name. Every request is read so: no
    /// Characters.
    public init?(_ text: String, mayBeEmpty: Bool = false) {
        let bytes = Substring(text).utf8
        isBracketed = bytes.first == UInt8(ascii: "[")
        var (name, rest) = (bytes, bytes[bytes.endIndex...])
        if isBracketed {
            guard let close = bytes.firstIndex(of: UInt8(ascii: "]")) else { return nil }
            (name, rest) = (bytes[..<close].dropFirst(), bytes[close...].dropFirst())
            guard Self.isIPv6(Substring(name)) else { return nil }
        } else {
            let end = bytes.firstIndex(of: UInt8(ascii: ":")) ?? bytes.endIndex
            (name, rest) = (bytes[..<end], bytes[end...])
            guard name.allSatisfy(Self.isNameByte) else { return nil }
            if name.last == UInt8(ascii: ".") { name = name.dropLast() }
            guard !name.isEmpty || mayBeEmpty && rest.isEmpty else { return nil }
        }
        guard rest.isEmpty || rest.first == UInt8(ascii: ":"), let port = Self.port(rest.dropFirst()) else {
            return nil
        }
        self.port = port
        host = name.contains(where: Self.isCapital) ? Substring(name).lowercased() : String(Substring(name))
    }

    /// Whether the text is an IPv4 address or `localhost`, perhaps with a port. Says no where it would have to look
    /// closer.
    public static func isPlainAddress(_ text: String) -> Bool {
        let end = text.utf8.firstIndex(of: UInt8(ascii: ":")) ?? text.utf8.endIndex
        let host = text.utf8[..<end]
        guard isIPv4(host) || host.elementsEqual("localhost".utf8) else { return false }
        return end == text.utf8.endIndex || port(text[text.utf8.index(after: end)...].utf8) != nil
    }

    /// Whether it is an address rather than a name: no page can make a browser take its own name for one.
    public var isAddress: Bool { isBracketed || Self.isIPv4(host.utf8) }

    /// `localhost`, or a name below it: browsers and resolvers never ask the network for these.
    public var isLoopbackName: Bool { host == "localhost" || host.hasSuffix(".localhost") }

    // MARK: Parts

    /// The port that the digits stand for; none of none. nil where it is no port.
    private static func port(_ digits: Substring.UTF8View) -> Int?? {
        guard !digits.isEmpty else { return .some(nil) }
        guard digits.count <= 5, digits.allSatisfy(isDigit) else { return nil }
        let number = digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
        return number <= 65_535 ? .some(number) : nil
    }

    private static func isIPv4(_ host: some Collection<UInt8>) -> Bool {
        var (parts, digits, number) = (1, 0, 0)
        for byte in host {
            if byte == UInt8(ascii: ".") {
                guard digits > 0 else { return false }
                (parts, digits, number) = (parts + 1, 0, 0)
            } else {
                guard isDigit(byte) else { return false }
                (digits, number) = (digits + 1, number * 10 + Int(byte - UInt8(ascii: "0")))
                guard digits <= 3, number <= 255 else { return false }
            }
        }
        return parts == 4 && digits > 0
    }

    /// Also with a zone, as in `fe80::1%eth0`.
    private static func isIPv6(_ text: Substring) -> Bool {
        let (address, zone) = (text.prefix { $0 != "%" }, text.drop { $0 != "%" }.dropFirst())
        var parsed = in6_addr()
        return inet_pton(AF_INET6, String(address), &parsed) == 1 && zone.utf8.allSatisfy(isNameByte)
    }

    // MARK: Bytes

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    private static func isCapital(_ byte: UInt8) -> Bool { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"): true
        default: isDigit(byte)
        }
    }
}
