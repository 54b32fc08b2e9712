/// Replaces `${name}` in commands and environment values.
struct Placeholders: Sendable {
    static let socket = "socket"
    static let port = "port"

    let values: [String: String]

    /// Unknown names stay as they are, as they may be a shell's. Values are not expanded again.
    ///
    /// Complexity: O(n) in the text's length.
    func expand(_ text: String) -> String {
        var result = ""
        var rest = text[...]
        while let (before, name, after) = Self.next(in: rest) {
            result += before
            result += values[name] ?? "${\(name)}"
            rest = after
        }
        return result + rest
    }

    static func uses(_ name: String, in texts: some Sequence<String>) -> Bool {
        texts.contains { $0.contains("${\(name)}") }
    }

    private static func next(in text: Substring) -> (before: Substring, name: String, after: Substring)? {
        guard let open = text.firstRange(of: "${") else { return nil }
        guard let close = text[open.upperBound...].firstIndex(of: "}") else { return nil }
        return (text[..<open.lowerBound], String(text[open.upperBound..<close]), text[text.index(after: close)...])
    }
}
