import EmberContext

/// What a whole JSON answer is made of, read once over its bytes: no more of it than tells whether it is what was asked for.
struct AnswerOutline {
    enum End {
        case whole
        /// Its end is missing.
        case cut
        /// Something stands behind it.
        case more
    }

    /// The first byte of the text, white space apart; nil: there is none.
    private(set) var first: UInt8?
    /// The first byte of the declared member's value; nil where no member has that name.
    private(set) var declared: UInt8?
    /// Whether it has an `error` that says something.
    private(set) var tellsError = false
    private(set) var end = End.whole

    /// - Parameters:
    ///   - bytes: of which the first `most` are read.
    ///   - names: of members; one of them is due.
    ///   - isAll: whether the text ends with the bytes.
    init(_ bytes: UnsafeBufferPointer<UInt8>, looksFor names: [StaticString], isAll: Bool, most: Int) {
        let read = UnsafeBufferPointer(rebasing: bytes.prefix(most))
        let isRead = isAll && read.count == bytes.count
        var scanner = JSONScanner(read)
        first = scanner.skipSpace()
        guard first == UInt8(ascii: "{") || first == UInt8(ascii: "[") else { return }
        do {
            if first == UInt8(ascii: "{") {
                try scanner.members { try note($0, &$1, names) }
            } else {
                try scanner.skipValue()
            }
            try scanner.end()
        } catch {
            switch (error as? JSONMalformed)?.problem {
            case .trailingText: end = .more
            case .unexpectedEnd, .unclosedString: if isRead { end = .cut }
            // Odd numbers and characters are the client's to judge, which may well know what NaN is.
            default: break
            }
        }
        if isAll, end == .whole, !Self.isClosed(bytes) { end = .cut }
    }

    private mutating func note(_ key: JSONText, _ scanner: inout JSONScanner, _ names: [StaticString]) throws {
        let value = scanner.skipSpace()
        if names.contains(where: { scanner.spells($0, key) }) { declared = value }
        let isError = scanner.spells("error", key)
        let range = try scanner.skipValue()
        if isError { tellsError = Self.says(scanner.text(range)) }
    }

    private static func isClosed(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        let last = bytes.last { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
        return last == UInt8(ascii: "}") || last == UInt8(ascii: "]")
    }

    /// Many servers have an `error` in good answers, too, which says nothing.
    private static func says(_ value: UnsafeBufferPointer<UInt8>.SubSequence) -> Bool {
        let nothing: [StaticString] = ["null", "false", "0", "\"\"", "{}", "[]"]
        return !nothing.contains {
            value.elementsEqual(UnsafeBufferPointer(start: $0.utf8Start, count: $0.utf8CodeUnitCount))
        }
    }
}
