/// A string literal that was walked over.
package struct JSONText {
    /// Where it stands, quotes included.
    package let range: Range<Int>
    /// Its bytes in UTF-8 once it is decoded, without white space, control characters and the first bytes of the planes
    /// from 4 on: of these, a tokenizer may make nothing at all.
    package let visibleBytes: Int
    /// All of its bytes in UTF-8 once it is decoded.
    package let decodedBytes: Int
    package let isEscaped: Bool
}

// Strings: as UTF-8 and RFC 8259 have them.
extension JSONScanner {
    /// Walks over the string that begins here.
    mutating func string() throws(JSONMalformed) -> JSONText {
        let start = position
        // An escape takes more bytes than what it stands for.
        var (visible, saved, isEscaped) = (0, 0, false)
        position += 1
        while position < bytes.count {
            visible += skipPlainWords()
            guard position < bytes.count else { break }
            switch bytes[position] {
            case UInt8(ascii: "\""):
                position += 1
                return JSONText(
                    range: start..<position, visibleBytes: visible, decodedBytes: position - start - 2 - saved,
                    isEscaped: isEscaped)
            case UInt8(ascii: "\\"):
                isEscaped = true
                let before = position
                let escaped = try escape()
                visible += escaped.visibleBytes
                saved += position - before - escaped.bytes
            case 0x20: position += 1
            case ..<0x20: throw malformed(.controlCharacter)
            case ..<0x80:
                position += 1
                visible += 1
            default: visible += try unicodeCharacter()
            }
        }
        throw JSONMalformed(position: start, problem: .unclosedString)
    }

    /// Skips eight bytes at a time as long as they are ASCII without quotes, backslashes and control characters.
    ///
    /// - Returns: how many of them are no blanks.
    private mutating func skipPlainWords() -> Int {
        let (highBits, ones): (UInt64, UInt64) = (0x8080_8080_8080_8080, 0x0101_0101_0101_0101)
        var visible = 0
        while position + 8 <= bytes.count {
            let word = UnsafeRawPointer(bytes.baseAddress! + position).loadUnaligned(as: UInt64.self)
            let (quotes, backslashes) = (word ^ (ones &* 0x22), word ^ (ones &* 0x5C))
            // A byte's high bit is set where it is above ASCII, below a blank, a quote or a backslash; carries only add
            // to that.
            let odd =
                word | (word &- ones &* 0x20) | (quotes &- ones) & ~quotes | (backslashes &- ones) & ~backslashes
            guard odd & highBits == 0 else { return visible }
            visible += (((word ^ (ones &* 0x20)) &+ ~highBits) & highBits).nonzeroBitCount
            position += 8
        }
        return visible
    }

    /// Walks over a character of more than one byte, as the Unicode standard's table of well-formed UTF-8 has it.
    ///
    /// - Returns: how many of its bytes count as visible.
    private mutating func unicodeCharacter() throws(JSONMalformed) -> Int {
        let lead = bytes[position]
        let (length, second): (Int, ClosedRange<UInt8>) =
            switch lead {
            case 0xC2...0xDF: (2, 0x80...0xBF)
            case 0xE0: (3, 0xA0...0xBF)
            case 0xE1...0xEC, 0xEE...0xEF: (3, 0x80...0xBF)
            case 0xED: (3, 0x80...0x9F)
            case 0xF0: (4, 0x90...0xBF)
            case 0xF1...0xF3: (4, 0x80...0xBF)
            case 0xF4: (4, 0x80...0x8F)
            default: (0, 0...0)
            }
        guard length > 0, position + length <= bytes.count, second.contains(bytes[position + 1]) else {
            throw malformed(.noUTF8)
        }
        for place in 2..<max(2, length) where bytes[position + place] & 0xC0 != 0x80 { throw malformed(.noUTF8) }
        position += length
        return lead < 0xF1 ? length : length - 1
    }

    /// A character, or half of one, that is written with a backslash.
    struct Escaped {
        let scalar: UInt32

        var bytes: Int { scalar < 0x80 ? 1 : scalar < 0x800 ? 2 : scalar < 0x10000 ? 3 : 4 }

        var visibleBytes: Int {
            switch scalar {
            case ..<0x21: 0
            case ..<0x80: 1
            case ..<0x800: 2
            case ..<0x10000: 3
            case ..<0x40000: 4
            default: 3
            }
        }
    }

    /// Walks over what a backslash here begins.
    private mutating func escape() throws(JSONMalformed) -> Escaped {
        guard position + 1 < bytes.count else { throw malformed(.unclosedString) }
        guard bytes[position + 1] == UInt8(ascii: "u") else {
            guard let scalar = Self.short(bytes[position + 1]) else { throw malformed(.unknownEscape) }
            position += 2
            return Escaped(scalar: scalar)
        }
        guard let first = hexadecimal(at: position + 2) else { throw malformed(.badUnicodeEscape) }
        guard (0xD800...0xDFFF).contains(first) else {
            position += 6
            return Escaped(scalar: first)
        }
        guard first < 0xDC00, position + 7 < bytes.count, bytes[position + 6] == UInt8(ascii: "\\"),
            bytes[position + 7] == UInt8(ascii: "u"), let second = hexadecimal(at: position + 8),
            (0xDC00...0xDFFF).contains(second)
        else { throw malformed(.loneSurrogate) }
        position += 12
        return Escaped(scalar: 0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
    }

    private static func short(_ byte: UInt8) -> UInt32? {
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): UInt32(byte)
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "t"): 0x09
        default: nil
        }
    }

    private func hexadecimal(at place: Int) -> UInt32? {
        guard place + 4 <= bytes.count else { return nil }
        var value: UInt32 = 0
        for byte in bytes[place..<(place + 4)] {
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
            default: return nil
            }
            value = value << 4 | UInt32(digit)
        }
        return value
    }
}

// What strings mean; only for those that were walked over.
extension JSONScanner {
    /// Whether the string means `text`. An escaped spelling counts too: to the engine it is the same key.
    /// O(bytes of `text`), however long the string is.
    package func spells(_ text: StaticString, _ string: JSONText) -> Bool {
        let length = text.utf8CodeUnitCount
        guard string.isEscaped else {
            guard string.range.count == length + 2 else { return false }
            let start = string.range.lowerBound + 1
            for place in 0..<length where bytes[start + place] != text.utf8Start[place] { return false }
            return true
        }
        return matches(text, from: string.range.lowerBound + 1).map { bytes[$0] == UInt8(ascii: "\"") } ?? false
    }

    /// Whether the string that begins here begins with `text`, escaped spellings included; it need not be walked over.
    func begins(with text: StaticString) -> Bool {
        guard position + 1 < bytes.count else { return false }
        let first = bytes[position + 1]
        guard first == text.utf8Start[0] || first == UInt8(ascii: "\\") else { return false }
        return matches(text, from: position + 1) != nil
    }

    /// Where `text` has ended, spelled from `start` on; nil: something else stands there.
    private func matches(_ text: StaticString, from start: Int) -> Int? {
        var scanner = self
        scanner.position = start
        for place in 0..<text.utf8CodeUnitCount {
            guard scanner.position < bytes.count else { return nil }
            let byte = bytes[scanner.position]
            if byte == UInt8(ascii: "\\") {
                guard let escaped = try? scanner.escape(), escaped.scalar == UInt32(text.utf8Start[place]) else {
                    return nil
                }
            } else {
                guard byte == text.utf8Start[place] else { return nil }
                scanner.position += 1
            }
        }
        return scanner.position < bytes.count ? scanner.position : nil
    }

    /// What the string means. O(bytes).
    package func decoded(_ string: JSONText) -> String {
        let inner = string.range.lowerBound + 1..<string.range.upperBound - 1
        guard string.isEscaped else { return String(decoding: bytes[inner], as: UTF8.self) }
        var scanner = self
        scanner.position = inner.lowerBound
        var text: [UInt8] = []
        text.reserveCapacity(inner.count)
        while scanner.position < inner.upperBound {
            let rest = bytes[scanner.position..<inner.upperBound]
            let plain = rest.firstIndex(of: UInt8(ascii: "\\")) ?? inner.upperBound
            text.append(contentsOf: rest[..<plain])
            scanner.position = plain
            guard plain < inner.upperBound, let scalar = (try? scanner.escape()).flatMap({ UnicodeScalar($0.scalar) })
            else { break }
            text.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Whether the string's literal has the text in it, as it stands there. O(bytes).
    func holds(_ text: StaticString, _ string: JSONText) -> Bool {
        var rest = bytes[string.range]
        let pattern = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
        while let place = rest.firstIndex(of: pattern[0]) {
            rest = rest[place...]
            if rest.starts(with: pattern) { return true }
            rest = rest.dropFirst()
        }
        return false
    }
}
