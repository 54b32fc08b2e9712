import EmberSystem

/// SHA-256 digests as text.
enum SHA256Text {
    /// The 64 lower-case hexadecimal digits of a digest, or nil when the text is something else.
    static func parse(_ text: some StringProtocol) -> String? {
        let digits = text.lowercased()
        guard digits.utf8.count == 64, digits.allSatisfy({ $0.isASCII && $0.isHexDigit }) else { return nil }
        return digits
    }

    /// The digest in an ETag header, which servers quote; nil when the tag is something else, such as a Git hash.
    static func parse(entityTag: String) -> String? {
        parse(entityTag.trimmingPrefix("W/").filter { $0 != "\"" })
    }

    /// Checks a digest that the user gave.
    static func checked(_ text: String) throws(PullError) -> String {
        guard let digest = parse(text.trimmingPrefix("sha256:")) else {
            throw .badSetting("sha256 \"\(OneLine.of(text))\" is not a SHA-256: give its 64 hexadecimal digits")
        }
        return digest
    }
}
