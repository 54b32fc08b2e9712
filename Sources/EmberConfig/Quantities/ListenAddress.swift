public import EmberDocument

/// Where the server accepts connections.
public enum ListenAddress: Sendable, Equatable {
    /// Port 0 lets the system choose one.
    case tcp(host: String, port: Int)
    case unix(path: String)

    /// The address that a text such as "127.0.0.1:11500", "[::1]:11500" or "unix:/run/ember.sock" stands for.
    public static func parse(_ text: String) throws(QuantityError) -> ListenAddress {
        if text.hasPrefix("unix:") { return try unixAddress(String(text.dropFirst(5))) }
        guard let colon = text.lastIndex(of: ":") else {
            throw QuantityError("has no port")
        }
        let host = try host(text[..<colon])
        let digits = text[text.index(after: colon)...]
        guard let port = Int(digits), digits.first?.isNumber == true, port <= 65_535 else {
            throw QuantityError("has no port between 0 and 65535 after its last colon")
        }
        return .tcp(host: host, port: port)
    }

    /// The text of the address; `parse` gives the same address back.
    public var text: String {
        switch self {
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        case .unix(let path): "unix:\(path)"
        }
    }

    /// Whether only programs of this machine can reach the address.
    public var isLocal: Bool {
        switch self {
        case .unix: true
        case .tcp(let host, _): host == "localhost" || host == "::1" || Self.isLoopbackIPv4(host)
        }
    }

    /// Host names such as "127.example.com" must not count as 127.0.0.0/8.
    private static func isLoopbackIPv4(_ host: String) -> Bool {
        let bytes = host.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        return bytes.count == 4 && bytes[0] == 127 && !bytes.contains(nil)
    }

    private static func unixAddress(_ path: String) throws(QuantityError) -> ListenAddress {
        guard path.hasPrefix("/") else { throw QuantityError("has no absolute path after unix:") }
        // The kernel's limit (sun_path): 108 bytes on Linux, 104 on macOS, with the closing zero.
        guard path.utf8.count <= 103 else { throw QuantityError("is longer than the 103 bytes a socket path may have") }
        return .unix(path: path)
    }

    private static func host(_ text: Substring) throws(QuantityError) -> String {
        let isBracketed = text.hasPrefix("[") && text.hasSuffix("]")
        let host = isBracketed ? text.dropFirst().dropLast() : text
        guard !host.isEmpty else {
            throw QuantityError("has no host before the port; 127.0.0.1 is this machine only, 0.0.0.0 every network")
        }
        guard isBracketed || !host.contains(":") else {
            throw QuantityError("needs brackets around an IPv6 host, as in [::1]:11500")
        }
        guard host.utf8.allSatisfy(isHostByte) else { throw QuantityError("has a host that is no name or address") }
        return String(host)
    }

    private static func isHostByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: [".", "-", "_", ":", "%"].contains(UnicodeScalar(byte))
        }
    }
}
