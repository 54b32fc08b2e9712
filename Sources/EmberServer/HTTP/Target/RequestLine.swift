import NIOCore
import NIOHTTP1

/// Reads what only the request line says, before Hummingbird's types lose it: a target in absolute form names the
/// host that counts (RFC 9112, 3.2.2), and a request of HTTP/1.0, which need not name any, is for the address that it
/// came to.
///
/// Two Host fields, or none in HTTP/1.1, are left as they are: `HostName` refuses them.
enum RequestLine {
    /// Whether the request line has more than a path.
    static func isSpecial(_ head: HTTPRequestHead) -> Bool {
        head.version == .http1_0 || head.uri.utf8.first != UInt8(ascii: "/")
    }

    /// A special head as it is meant.
    static func settled(_ head: HTTPRequestHead, on channel: any Channel) -> HTTPRequestHead {
        var head = head
        if head.version == .http1_0, !head.headers.contains(name: "host") {
            head.headers.add(name: "host", value: address(of: channel))
        }
        if let form = AbsoluteForm(head.uri), head.headers["host"].count == 1 {
            head.headers.replaceOrAdd(name: "host", value: form.authority)
            head.uri = form.target
        }
        return head
    }

    private static func address(of channel: any Channel) -> String {
        guard let address = channel.localAddress, let host = address.ipAddress, let port = address.port else {
            return "localhost"
        }
        return host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    }
}

/// `http://host/path?query`, taken apart.
struct AbsoluteForm: Equatable {
    let authority: String
    /// From the path on.
    let target: String

    /// nil for everything else.
    init?(_ text: String) {
        guard text.utf8.count <= RequestTarget.largest, let scheme = text.range(of: "://"),
            ["http", "https"].contains(text[..<scheme.lowerBound].lowercased())
        else { return nil }
        let rest = text[scheme.upperBound...]
        let end = rest.firstIndex { "/?#".contains($0) } ?? rest.endIndex
        authority = String(rest[..<end])
        target = rest[end...].hasPrefix("/") ? String(rest[end...]) : "/" + rest[end...]
    }
}
