/// The model that a body names.
struct NamedModel: Sendable {
    private(set) var name: String?
    /// Where the value stands, quotes included.
    private(set) var range: Range<Int>?
    /// The last value is no string, which is an error.
    private(set) var isNoString = false

    /// Where the key stands twice, the last value counts.
    mutating func read(_ scanner: inout JSONScanner) throws {
        isNoString = scanner.skipSpace() != UInt8(ascii: "\"")
        guard !isNoString else {
            try scanner.skipValue()
            return
        }
        let text = try scanner.text()
        (name, range) = (scanner.decoded(text), text.range)
    }
}
