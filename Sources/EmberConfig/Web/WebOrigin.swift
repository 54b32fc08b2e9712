/// Where a web page comes from, as browsers send it in Origin: scheme, host and port.
public struct WebOrigin: Sendable, Equatable {
    /// In small letters, as the host.
    public let scheme: String
    /// Empty for pages without one, as of `file://`.
    public let host: String
    /// nil where none is written.
    public let port: Int?

    /// nil for `null` and whatever else is no origin.
    public init?(_ text: String) {
        guard text.utf8.count <= 300, let mark = text.range(of: "://") else { return nil }
        guard let place = HostAndPort(String(text[mark.upperBound...]), mayBeEmpty: true) else { return nil }
        scheme = text[..<mark.lowerBound].lowercased()
        guard Self.isScheme(scheme) else { return nil }
        (host, port) = (place.host, place.port)
    }

    /// The port, also where the scheme alone says it.
    public var effectivePort: Int? {
        switch (port, scheme) {
        case (let port?, _): port
        case (nil, "http"): 80
        case (nil, "https"): 443
        default: nil
        }
    }

    static func isScheme(_ text: some StringProtocol) -> Bool {
        guard let first = text.utf8.first, (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(first) else { return false }
        return text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
            default: "+-.".utf8.contains(byte)
            }
        }
    }
}
