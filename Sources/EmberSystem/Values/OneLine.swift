/// Text that comes from elsewhere, made safe to print.
package enum OneLine {
    /// At most `limit` printable ASCII characters, in one line.
    package static func of(_ text: String, limit: Int = 300) -> String {
        let words = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        let safe = words.prefix(limit).map { $0.isASCII && $0 >= " " && $0 <= "~" ? $0 : "?" }
        return String(safe) + (words.count > limit ? "..." : "")
    }
}
