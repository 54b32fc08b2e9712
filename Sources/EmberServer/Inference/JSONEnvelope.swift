import Foundation

/// The two fields of a request's JSON body that Ember reads, found without decoding or re-encoding the rest, so that
/// everything else reaches the engine byte for byte.
///
/// Only as much is checked as is needed to find the top-level fields; the engine judges the rest. Where a key stands
/// twice the last one counts, as in the usual parsers. O(bytes), no copies but the model's name.
struct JSONEnvelope: Equatable {
    var model: String?
    /// Where the model's value stands, quotes included.
    var modelRange: Range<Int>?
    var isStreaming = false

    enum Problem: Error, Equatable {
        case notAnObject
        case malformed(at: Int)
        case modelIsNoString
    }

    init(_ bytes: some RandomAccessCollection<UInt8>) throws(Problem) {
        let found = bytes.withContiguousStorageIfAvailable { Self.scan($0) }
        self = try (found ?? Array(bytes).withUnsafeBufferPointer(Self.scan)).get()
    }

    private static func scan(_ bytes: UnsafeBufferPointer<UInt8>) -> Result<JSONEnvelope, Problem> {
        var scanner = JSONScanner(bytes)
        do throws(Problem) { return .success(try JSONEnvelope(&scanner)) } catch { return .failure(error) }
    }

    private init(_ scanner: inout JSONScanner) throws(Problem) {
        guard scanner.skipSpace() == UInt8(ascii: "{") else { throw .notAnObject }
        scanner.advance()
        if scanner.skipSpace() == UInt8(ascii: "}") { return }
        while true {
            guard scanner.skipSpace() == UInt8(ascii: "\"") else { throw .malformed(at: scanner.position) }
            let key = try scanner.skipString()
            guard scanner.skipSpace() == UInt8(ascii: ":") else { throw .malformed(at: scanner.position) }
            scanner.advance()
            _ = scanner.skipSpace()
            let start = scanner.position
            try scanner.skipValue()
            try take(key: key, value: start..<scanner.position, scanner)
            switch scanner.skipSpace() {
            case UInt8(ascii: ","): scanner.advance()
            case UInt8(ascii: "}"): return
            default: throw .malformed(at: scanner.position)
            }
        }
    }

    private mutating func take(key: Range<Int>, value: Range<Int>, _ scanner: JSONScanner) throws(Problem) {
        if scanner.spells("model", at: key) {
            guard let name = scanner.decodedString(value) else { throw .modelIsNoString }
            (model, modelRange) = (name, value)
        } else if scanner.spells("stream", at: key) {
            isStreaming = scanner.text(value).elementsEqual("true".utf8)
        }
    }
}

/// Walks over JSON text value by value.
struct JSONScanner {
    private let bytes: UnsafeBufferPointer<UInt8>
    private(set) var position = 0
    /// Deeper nesting is refused rather than followed.
    private static let deepest = 512

    init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    func text(_ range: Range<Int>) -> UnsafeBufferPointer<UInt8>.SubSequence { bytes[range] }

    /// The string literal at `range`, unescaped; nil if there is none.
    func decodedString(_ range: Range<Int>) -> String? {
        guard bytes[range].first == UInt8(ascii: "\"") else { return nil }
        let inner = bytes[range].dropFirst().dropLast()
        if !inner.contains(UInt8(ascii: "\\")) { return String(validating: inner, as: UTF8.self) }
        return try? JSONDecoder().decode(String.self, from: Data(bytes[range]))
    }

    /// Whether the string literal at `range` means `text`. An escaped spelling counts too: to the engine it is the
    /// same key.
    func spells(_ text: String, at range: Range<Int>) -> Bool {
        let inner = bytes[range].dropFirst().dropLast()
        if !inner.contains(UInt8(ascii: "\\")) { return inner.elementsEqual(text.utf8) }
        return decodedString(range) == text
    }

    mutating func advance() { position += 1 }

    /// Skips white space and returns the byte behind it; nil at the end.
    mutating func skipSpace() -> UInt8? {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x09, 0x0A, 0x0D: position += 1
            case let byte: return byte
            }
        }
        return nil
    }

    /// Skips the string literal that begins here and returns where it stood, quotes included.
    mutating func skipString() throws(JSONEnvelope.Problem) -> Range<Int> {
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
        throw .malformed(at: start)
    }

    mutating func skipValue() throws(JSONEnvelope.Problem) {
        var depth = 0
        repeat {
            guard let byte = skipSpace() else { throw .malformed(at: position) }
            switch byte {
            case UInt8(ascii: "\""): _ = try skipString()
            case UInt8(ascii: "{"), UInt8(ascii: "["):
                depth += 1
                if depth > Self.deepest { throw .malformed(at: position) }
                position += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"):
                if depth == 0 { throw .malformed(at: position) }
                depth -= 1
                position += 1
            case UInt8(ascii: ","), UInt8(ascii: ":"):
                if depth == 0 { throw .malformed(at: position) }
                position += 1
            default: skipLiteral()
            }
        } while depth > 0
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
