/// Walks over JSON text value by value, without decoding what is not asked for. What it has walked over is JSON as RFC
/// 8259 has it, to the byte. O(bytes); no text makes it go back.
package struct JSONScanner {
    let bytes: UnsafeBufferPointer<UInt8>
    package internal(set) var position = 0
    /// Values seen so far, of all kinds; keys are none.
    package private(set) var values = 0
    /// Whether a member's value begins as an address does, or a file is named.
    package private(set) var seesReference = false
    private var depth = 0
    private let mostValues: Int

    /// Deeper nesting is refused rather than followed.
    package static let deepest = 512

    package init(_ bytes: UnsafeBufferPointer<UInt8>, mostValues: Int = .max) {
        self.bytes = bytes
        self.mostValues = mostValues
        // Some editors put a byte order mark before the text.
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    }

    package func text(_ range: Range<Int>) -> UnsafeBufferPointer<UInt8>.SubSequence { bytes[range] }

    func malformed(_ problem: JSONProblem) -> JSONMalformed { JSONMalformed(position: position, problem: problem) }

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

    /// Nothing but white space is left.
    package mutating func end() throws(JSONMalformed) {
        if skipSpace() != nil { throw malformed(.trailingText) }
    }

    /// Walks over an object that begins here. `visit` receives each member's key, and walks over its value.
    package mutating func members(_ visit: (JSONText, inout JSONScanner) throws -> Void) throws {
        try enter()
        if skipSpace() == UInt8(ascii: "}") { return leave() }
        while true {
            let key = try memberKey()
            try visit(key, &self)
            if try goesOn(until: UInt8(ascii: "}"), .commaOrBrace) == false { return }
        }
    }

    /// Walks over an array that begins here. `visit` walks over each element.
    package mutating func elements(_ visit: (inout JSONScanner) throws -> Void) throws {
        try enter()
        if skipSpace() == UInt8(ascii: "]") { return leave() }
        while true {
            _ = skipSpace()
            try visit(&self)
            if try goesOn(until: UInt8(ascii: "]"), .commaOrBracket) == false { return }
        }
    }

    private mutating func enter() throws(JSONMalformed) {
        try count()
        guard depth < Self.deepest else { throw malformed(.nestedTooDeep) }
        depth += 1
        position += 1
    }

    private mutating func leave() {
        depth -= 1
        position += 1
    }

    private mutating func count() throws(JSONMalformed) {
        guard values < mostValues else { throw malformed(.tooManyValues) }
        values += 1
    }

    /// Behind a comma there is more, behind `closing` not.
    private mutating func goesOn(until closing: UInt8, _ expected: JSONProblem) throws(JSONMalformed) -> Bool {
        switch skipSpace() {
        case UInt8(ascii: ","):
            position += 1
            return true
        case closing?:
            leave()
            return false
        case nil: throw malformed(.unexpectedEnd)
        default: throw malformed(expected)
        }
    }

    /// A member's key, with its colon; the scanner is then before its value.
    private mutating func memberKey() throws(JSONMalformed) -> JSONText {
        guard let byte = skipSpace() else { throw malformed(.unexpectedEnd) }
        guard byte == UInt8(ascii: "\"") else { throw malformed(.expectedKey) }
        let key = try string()
        guard skipSpace() == UInt8(ascii: ":") else {
            throw malformed(position < bytes.count ? .noColon : .unexpectedEnd)
        }
        position += 1
        let isText = skipSpace() == UInt8(ascii: "\"")
        seesReference = seesReference || spells("file_id", key) || (isText && begins(with: "http"))
        return key
    }

    /// Walks over the string that begins here, as a value.
    package mutating func text() throws(JSONMalformed) -> JSONText {
        try count()
        return try string()
    }

    /// Walks over the value that begins here or behind white space, and returns where it stood.
    @discardableResult
    package mutating func skipValue() throws(JSONMalformed) -> Range<Int> {
        _ = skipSpace()
        let start = position
        let outside = depth
        var kinds = NestingKinds()
        repeat {
            guard let byte = skipSpace() else { throw malformed(.unexpectedEnd) }
            if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "[") {
                try enter()
                let closing = byte + 2
                if skipSpace() != closing {
                    kinds.push(isObject: byte == UInt8(ascii: "{"))
                    if kinds.isObject { _ = try memberKey() }
                    continue
                }
                leave()
            } else {
                try skipScalar(byte)
            }
            // A value has ended, and with it perhaps what holds it.
            while depth > outside {
                let isObject = kinds.isObject
                let more = try goesOn(
                    until: UInt8(ascii: isObject ? "}" : "]"), isObject ? .commaOrBrace : .commaOrBracket)
                if more {
                    if isObject { _ = try memberKey() }
                    break
                }
                kinds.pop()
            }
        } while depth > outside
        return start..<position
    }

    private mutating func skipScalar(_ byte: UInt8) throws(JSONMalformed) {
        try count()
        switch byte {
        case UInt8(ascii: "\""): _ = try string()
        case UInt8(ascii: "t"): try literal("true")
        case UInt8(ascii: "f"): try literal("false")
        case UInt8(ascii: "n"): try literal("null")
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): try number()
        default: throw malformed(.expectedValue)
        }
    }

    private mutating func literal(_ literal: StaticString) throws(JSONMalformed) {
        for place in 0..<literal.utf8CodeUnitCount {
            guard position + place < bytes.count, bytes[position + place] == literal.utf8Start[place] else {
                throw malformed(.expectedValue)
            }
        }
        position += literal.utf8CodeUnitCount
    }

    private mutating func number() throws(JSONMalformed) {
        if bytes[position] == UInt8(ascii: "-") { position += 1 }
        if byteHere == UInt8(ascii: "0") {
            position += 1
            if isDigitHere { throw malformed(.leadingZero) }
        } else {
            try digits()
        }
        if byteHere == UInt8(ascii: ".") {
            position += 1
            try digits()
        }
        if byteHere == UInt8(ascii: "e") || byteHere == UInt8(ascii: "E") {
            position += 1
            if byteHere == UInt8(ascii: "+") || byteHere == UInt8(ascii: "-") { position += 1 }
            try digits()
        }
    }

    private var byteHere: UInt8? { position < bytes.count ? bytes[position] : nil }

    private var isDigitHere: Bool { byteHere.map { (0x30...0x39).contains($0) } ?? false }

    private mutating func digits() throws(JSONMalformed) {
        guard isDigitHere else { throw malformed(.expectedDigit) }
        while isDigitHere { position += 1 }
    }
}

/// Which of the values that hold others, from the outside in, are objects; the others are arrays. A bit each.
private struct NestingKinds {
    private var innermost: UInt64 = 0
    private var outer: [UInt64] = []
    private var count = 0

    var isObject: Bool { innermost & 1 == 1 }

    mutating func push(isObject: Bool) {
        if count > 0, count % 64 == 0 {
            outer.append(innermost)
            innermost = 0
        }
        innermost = innermost << 1 | (isObject ? 1 : 0)
        count += 1
    }

    mutating func pop() {
        count -= 1
        innermost >>= 1
        if count > 0, count % 64 == 0 { innermost = outer.removeLast() }
    }
}
