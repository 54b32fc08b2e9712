import Foundation

/// Walks over JSON text value by value, without decoding what nobody asks for.
package struct JSONScanner {
    private let bytes: UnsafeBufferPointer<UInt8>
    package private(set) var position = 0
    /// Deeper nesting is refused rather than followed.
    private static let deepest = 512

    /// What stands at a byte of the text is no JSON.
    package struct Malformed: Error, Equatable {
        package let position: Int
    }

    package init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    package func text(_ range: Range<Int>) -> UnsafeBufferPointer<UInt8>.SubSequence { bytes[range] }

    /// The string literal at `range`, unescaped; nil if there is none.
    package func decodedString(_ range: Range<Int>) -> String? {
        guard bytes[range].first == UInt8(ascii: "\"") else { return nil }
        let inner = bytes[range].dropFirst().dropLast()
        if !inner.contains(UInt8(ascii: "\\")) { return String(validating: inner, as: UTF8.self) }
        return try? JSONDecoder().decode(String.self, from: Data(bytes[range]))
    }

    /// Whether the string literal at `range` means `text`. An escaped spelling counts too: to the engine it is the
    /// same key.
    package func spells(_ text: String, at range: Range<Int>) -> Bool {
        let inner = bytes[range].dropFirst().dropLast()
        if !inner.contains(UInt8(ascii: "\\")) { return inner.elementsEqual(text.utf8) }
        return decodedString(range) == text
    }

    package mutating func advance() { position += 1 }

    /// Skips white space and returns the byte behind it; nil at the end.
    package mutating func skipSpace() -> UInt8? {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x09, 0x0A, 0x0D: position += 1
            case let byte: return byte
            }
        }
        return nil
    }

    /// Walks over an object that begins here: each member's key and value, quotes and brackets included.
    package mutating func members(_ visit: (Range<Int>, Range<Int>, JSONScanner) throws -> Void) throws {
        advance()
        if skipSpace() == UInt8(ascii: "}") { return advance() }
        while true {
            guard skipSpace() == UInt8(ascii: "\"") else { throw Malformed(position: position) }
            let key = try skipString()
            guard skipSpace() == UInt8(ascii: ":") else { throw Malformed(position: position) }
            advance()
            try visit(key, try skipValue(), self)
            switch skipSpace() {
            case UInt8(ascii: ","): advance()
            case UInt8(ascii: "}"): return advance()
            default: throw Malformed(position: position)
            }
        }
    }

    /// The elements of an array that begins here.
    package mutating func elements() throws(Malformed) -> [Range<Int>] {
        var elements: [Range<Int>] = []
        advance()
        if skipSpace() == UInt8(ascii: "]") {
            advance()
            return elements
        }
        while true {
            elements.append(try skipValue())
            switch skipSpace() {
            case UInt8(ascii: ","): advance()
            case UInt8(ascii: "]"):
                advance()
                return elements
            default: throw Malformed(position: position)
            }
        }
    }

    /// Skips the string literal that begins here and returns where it stood, quotes included.
    private mutating func skipString() throws(Malformed) -> Range<Int> {
        let start = position
        position += 1
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\\"): position += 2
            case UInt8(ascii: "\""):
                position += 1
                return start..<position
            default: position += 1
            }
        }
        throw Malformed(position: start)
    }

    /// Skips the value that begins here or behind white space, and returns where it stood.
    package mutating func skipValue() throws(Malformed) -> Range<Int> {
        _ = skipSpace()
        let start = position
        var depth = 0
        repeat {
            guard let byte = skipSpace() else { throw Malformed(position: position) }
            switch byte {
            case UInt8(ascii: "\""): _ = try skipString()
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                if depth > Self.deepest { throw Malformed(position: position) }
                position += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                if depth == 0 { throw Malformed(position: position) }
                depth -= 1
                position += 1
            case UInt8(ascii: ","), UInt8(ascii: ":"):
                if depth == 0 { throw Malformed(position: position) }
                position += 1
            default: skipLiteral()
            }
        } while depth > 0
        return start..<position
    }

    /// Skips a number, true, false or null: whatever stands before the next delimiter.
    private mutating func skipLiteral() {
        let delimiters: StaticString = ",:{}[]\" \t\r\n"
        while position < bytes.count, !delimiters.contains(bytes[position]) { position += 1 }
    }
}

extension StaticString {
    fileprivate func contains(_ byte: UInt8) -> Bool {
        UnsafeBufferPointer(start: utf8Start, count: utf8CodeUnitCount).contains(byte)
    }
}
