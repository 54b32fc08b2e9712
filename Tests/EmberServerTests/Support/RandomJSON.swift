import EmberCore
import Foundation

/// Writes random JSON objects that have the keys `model` and `stream` in all kinds of places and spellings.
struct RandomJSON {
    var lots: SeededGenerator

    init(seed: UInt64) { lots = SeededGenerator(seed: seed) }

    mutating func object() -> String { object(depth: 0) }

    private mutating func object(depth: Int) -> String {
        let members = (0..<Int.random(in: 0...6, using: &lots)).map { _ in member(depth: depth) }
        return "{" + space() + members.joined(separator: space() + "," + space()) + space() + "}"
    }

    private mutating func member(depth: Int) -> String {
        let key = ["model", "stream", "messages", "modeL", "Model", "a\"b", "", "stream\\"].randomElement(using: &lots)!
        let value =
            switch key {
            case "model": string(text())
            case "stream": ["true", "false", "null", "\"true\"", "[true]"].randomElement(using: &lots)!
            default: value(depth: depth + 1)
            }
        return string(key) + space() + ":" + space() + value
    }

    private mutating func value(depth: Int) -> String {
        switch Int.random(in: 0..<(depth > 4 ? 3 : 5), using: &lots) {
        case 0: return string(text())
        case 1: return ["0", "-1", "1e3", "-0.5E-2", "12345678901"].randomElement(using: &lots)!
        case 2: return ["true", "false", "null"].randomElement(using: &lots)!
        case 3: return object(depth: depth)
        default:
            let items = (0..<Int.random(in: 0...4, using: &lots)).map { _ in value(depth: depth + 1) }
            return "[" + space() + items.joined(separator: space() + "," + space()) + space() + "]"
        }
    }

    private mutating func text() -> String {
        let letters = [
            "a", "model", "\"", "\\", "/", "\n", "\t", "\u{1}", "é", "漢", "😀", "e\u{301}", ":", ",", "{", "}", "[", "]",
            " ", "\u{2028}", "\u{7F}",
        ]
        return (0..<Int.random(in: 0...5, using: &lots)).map { _ in letters.randomElement(using: &lots)! }.joined()
    }

    /// A string literal in which any character may be escaped.
    private mutating func string(_ text: String) -> String {
        var literal = "\""
        for scalar in text.unicodeScalars {
            let mustEscape = scalar == "\"" || scalar == "\\" || scalar.value < 0x20
            if mustEscape || Int.random(in: 0..<12, using: &lots) == 0 {
                literal += escape(scalar)
            } else {
                literal.unicodeScalars.append(scalar)
            }
        }
        return literal + "\""
    }

    private mutating func escape(_ scalar: Unicode.Scalar) -> String {
        let short: [Unicode.Scalar: String] = ["\"": "\\\"", "\\": "\\\\", "/": "\\/", "\n": "\\n", "\t": "\\t"]
        if let short = short[scalar], Bool.random(using: &lots) { return short }
        let isUpper = Bool.random(using: &lots)
        return String(scalar).utf16.map { unit in
            let digits = String(unit, radix: 16, uppercase: isUpper)
            return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        }.joined()
    }

    private mutating func space() -> String {
        ["", "", "", " ", "\n", "\t ", "\r\n"].randomElement(using: &lots)!
    }
}
