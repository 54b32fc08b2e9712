/// Where a request is addressed, in the one form that routes, prompt formats, engines, upstreams and prices all see.
///
/// The path's segments are percent-decoded, checked, and written again with only those escapes that they need. Empty
/// segments and a slash at the end are left out: clients that join URLs carelessly mean the same. What proxies and
/// servers are known to read in different ways (dot segments, escaped controls, broken escapes) is refused.
struct RequestTarget: Sendable, Equatable {
    /// Begins with a slash; ends with one only where it is nothing else.
    let path: String
    /// Without its question mark; visible ASCII characters only.
    let query: String?

    /// Why a target is refused.
    enum Fault: Error, Equatable {
        case tooLong
        /// `*`, `host:port` or anything else that does not begin with a slash.
        case notAPath
        case fragment
        case brokenEscape
        /// Escaped or not.
        case controlCharacter
        case notUTF8
        /// `.` or `..`, escaped or not.
        case dotSegment
    }

    static let largest = 8192

    var text: String { query.map { "\(path)?\($0)" } ?? path }

    init(_ text: String) throws(Fault) {
        let bytes = Array(text.utf8)
        guard bytes.count <= Self.largest else { throw .tooLong }
        guard bytes.first == UInt8(ascii: "/") else { throw .notAPath }
        guard !bytes.contains(UInt8(ascii: "#")) else { throw .fragment }
        let end = bytes.firstIndex(of: UInt8(ascii: "?"))
        path = try Self.path(bytes[..<(end ?? bytes.endIndex)])
        query = try end.map { at throws(Fault) in try Self.query(bytes[(at + 1)...]) }
    }

    /// Whether a target is in its canonical form already, as nearly all are. Says no where it would have to look
    /// closer.
    static func isPlain(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            guard bytes.first == UInt8(ascii: "/"), bytes.count <= largest else { return false }
            var last = UInt8(ascii: "?")
            for byte in bytes {
                guard isUnreserved(byte) || byte == UInt8(ascii: "/") else { return false }
                // An empty segment, or one that begins with a dot.
                if last == UInt8(ascii: "/"), byte == last || byte == UInt8(ascii: ".") { return false }
                last = byte
            }
            return last != UInt8(ascii: "/")
        }
    }

    // MARK: Path

    private static func path(_ bytes: ArraySlice<UInt8>) throws(Fault) -> String {
        var path = ""
        for raw in bytes.split(separator: UInt8(ascii: "/")) {
            let segment = try decoded(raw)
            guard !segment.contains(where: isControl) else { throw .controlCharacter }
            guard String(validating: segment, as: UTF8.self) != nil else { throw .notUTF8 }
            guard segment != [UInt8(ascii: ".")], segment != Array("..".utf8) else { throw .dotSegment }
            path += "/"
            for byte in segment { append(byte, to: &path, asIs: isSegmentByte(byte)) }
        }
        return path.isEmpty ? "/" : path
    }

    private static func decoded(_ segment: ArraySlice<UInt8>) throws(Fault) -> [UInt8] {
        var decoded: [UInt8] = []
        decoded.reserveCapacity(segment.count)
        var rest = segment
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                decoded.append(byte)
                continue
            }
            guard let escaped = escapedByte(rest) else { throw .brokenEscape }
            decoded.append(escaped)
            rest = rest.dropFirst(2)
        }
        return decoded
    }

    // MARK: Query

    /// Escapes stay as they are, but for those of control characters: what they mean is up to those who read the query.
    private static func query(_ bytes: ArraySlice<UInt8>) throws(Fault) -> String {
        var query = ""
        for (index, byte) in zip(bytes.indices, bytes) {
            let escaped = byte == UInt8(ascii: "%") ? escapedByte(bytes[(index + 1)...]) : nil
            guard !isControl(escaped ?? byte) else { throw .controlCharacter }
            let isPlain = isSegmentByte(byte) || byte == UInt8(ascii: "/") || byte == UInt8(ascii: "?")
            append(byte, to: &query, asIs: escaped != nil || isPlain)
        }
        return query
    }

    // MARK: Bytes

    /// The byte that the two hexadecimal digits at the beginning stand for.
    private static func escapedByte(_ bytes: ArraySlice<UInt8>) -> UInt8? {
        guard let high = bytes.first.flatMap(hexadecimal), let low = bytes.dropFirst().first.flatMap(hexadecimal) else {
            return nil
        }
        return high << 4 | low
    }

    private static func hexadecimal(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    private static let digits = Array("0123456789ABCDEF".unicodeScalars)

    private static func append(_ byte: UInt8, to text: inout String, asIs: Bool) {
        guard !asIs else { return text.unicodeScalars.append(Unicode.Scalar(byte)) }
        text.unicodeScalars.append("%")
        text.unicodeScalars.append(digits[Int(byte >> 4)])
        text.unicodeScalars.append(digits[Int(byte & 15)])
    }

    private static func isControl(_ byte: UInt8) -> Bool { byte < 0x20 || byte == 0x7F }

    /// Letters, digits and the four marks that no URL ever needs to escape.
    private static func isUnreserved(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"): true
        case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"): true
        default: false
        }
    }

    /// What a segment may hold unescaped (RFC 3986, pchar).
    private static func isSegmentByte(_ byte: UInt8) -> Bool {
        isUnreserved(byte) || "!$&'()*+,;=:@".utf8.contains(byte)
    }
}
