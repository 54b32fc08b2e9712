import EmberCore
import Foundation
import Testing

@testable import EmberContext

@Suite struct JSONScannerTests {
    /// The text as a member's value, and as an element that the scanner skips with what holds it.
    private func isRefused(_ value: [UInt8]) -> Bool {
        let ways = [(#"{"x":"#, "}"), (#"{"x":[{"y":"#, "}]}"), (#"{"model":"m","messages":[],"x":"#, "  }\n")]
        let verdicts = ways.map { problem(Array($0.0.utf8) + value + Array($0.1.utf8), nil)?.kind == .malformed }
        #expect(Set(verdicts).count == 1, "\(String(decoding: value, as: UTF8.self))")
        return verdicts[0]
    }

    @Test(arguments: [
        "0", "-0", "1", "-12.5e-3", "1E+30", "0.0", "123456789012345678901234567890", "1e400", "true", "false", "null",
        #""""#, #""a""#, #""\"\\\/\b\f\n\r\t""#, #""\u0000""#, #""\ud83d\ude00""#, #""\uD83D\uDE00""#, "\"é漢😀\"",
        "\"\u{7F}\u{80}\u{7FF}\u{800}\u{FFFF}\u{10000}\u{10FFFF}\"", "[]", "[[],{}]", #"{"":{"":[]}}"#, " [ 1 , 2 ] ",
        #"{"a":1,"a":2}"#, #""12345678""#, #""1234567 890123456""#,
    ])
    func takesJSON(_ text: String) { #expect(!isRefused(Array(text.utf8))) }

    @Test(arguments: [
        "", "NaN", "Infinity", "-Infinity", "01", "-01", "00", "1.", ".5", "-.5", "+1", "1e", "1e+", "-", "0x10", "1_0",
        "True", "None", "NULL", "tru", "truex", "nul", "undefined", "'a'", "a", "1/**/", "1//", "[1,]", #"{"a":1,}"#,
        "[,1]", "[1,,2]", "[1}", #"{"a":1]"#, #"{"a" 1}"#, #"{"a":}"#, "{1:2}", "{a:1}", "[1 2]", #"{"a":1 "b":2}"#,
        #""\x41""#, #""\u12""#, #""\u12G4""#, #""\U0041""#, #""\ud800""#, #""\udc00""#, #""\ud800a""#,
        #""\ud800\ud800""#,
        #""\ud800\n""#, #""\ud800\u0041""#, "\"a\nb\"", "\"a\tb\"", "\"a\u{0}b\"", "\"\u{1F}\"", #""abc"#, #""abc\""#,
        "\u{C}1",
        "\u{A0}1", "[", "{", "]", "}", "1 1", ":", ",", #""a" "b""#, #"{"a"}"#, #"{"a":1:2}"#, "[1:2]", "\u{FEFF}1",
        #""12345678"#, "\"1234567\u{1}\"",
    ])
    func refusesWhatIsNone(_ text: String) { #expect(isRefused(Array(text.utf8))) }

    @Test(
        arguments: [
            [0xC0, 0xAF], [0xC1, 0xBF], [0xE0, 0x80, 0xAF], [0xE0, 0x9F, 0xBF], [0xED, 0xA0, 0x80], [0xED, 0xBF, 0xBF],
            [0xF0, 0x80, 0x80, 0xAF], [0xF0, 0x8F, 0xBF, 0xBF], [0xF4, 0x90, 0x80, 0x80], [0xF5, 0x80, 0x80, 0x80],
            [0x80], [0xBF],
            [0xFF], [0xFE], [0xC3], [0xE2, 0x82], [0xF0, 0x9F, 0x98], [0xC3, 0x28], [0xE2, 0x28, 0xA1],
            [0xF0, 0x9F, 0x28, 0x80],
        ] as [[UInt8]])
    func refusesWhatIsNoUTF8(_ bytes: [UInt8]) {
        for before in ["", "1234567", "12345678"] {
            #expect(isRefused([0x22] + Array(before.utf8) + bytes + [0x22]))
            // Where the buffer ends in the middle of a character.
            #expect(isRefused([0x22] + Array(before.utf8) + bytes))
        }
    }

    /// Every two bytes within a string, and every one elsewhere, get Foundation's verdict.
    @Test func agreesWithFoundationOnAllShortTexts() {
        func isTaken(_ bytes: [UInt8]) -> Bool { (try? JSONSerialization.jsonObject(with: Data(bytes))) != nil }
        var differing: [[UInt8]] = []
        for first in UInt8.min...UInt8.max {
            for second in UInt8.min...UInt8.max {
                let bytes = Array(#"{"x":""#.utf8) + [first, second] + Array(#""}"#.utf8)
                // Foundation takes control characters within strings.
                if first < 0x20 || second < 0x20 { continue }
                if isTaken(bytes) != (problem(bytes, nil) == nil) { differing.append([first, second]) }
            }
        }
        #expect(differing.isEmpty, "\(differing.prefix(5))")
    }

    @Test func aByteOrderMarkIsPassedOver() throws {
        let bytes: [UInt8] = [0xEF, 0xBB, 0xBF] + Array(#"{"model":"m"}"#.utf8)
        let shape = try RequestShape(bytes, kind: nil)
        #expect(shape.model == "m")
        #expect(shape.modelRange.map { Array(bytes[$0]) } == Array(#""m""#.utf8))
    }

    @Test(arguments: [
        (#""abc""#, 3, 3), (#""a b\tc\n""#, 3, 6), (#""\u0061\u00e9\u6f22\ud83d\ude00""#, 10, 10), ("\"é漢😀\"", 9, 9),
        (#""                  ""#, 0, 18), (#""1234567 1234567 12""#, 16, 18), ("\"\u{50000}\"", 3, 4),
        (#""\\\/\"""#, 3, 3),
    ])
    func countsBytesOnceDecoded(_ literal: String, _ visible: Int, _ decoded: Int) throws {
        try Array(literal.utf8).withUnsafeBufferPointer { bytes in
            var scanner = JSONScanner(bytes)
            let text = try scanner.text()
            #expect((text.visibleBytes, text.decodedBytes) == (visible, decoded))
            let meant = try JSONDecoder().decode(String.self, from: Data(bytes))
            #expect(scanner.decoded(text) == meant && meant.utf8.count == decoded)
        }
    }

    @Test(arguments: [
        #""model""#, #""mod\u0065l""#, #""\u006dodel""#, #""\u006D\u006f\u0064\u0065\u006C""#,
    ])
    func spellingsOfAKeyAreTheSame(_ literal: String) throws {
        try Array(literal.utf8).withUnsafeBufferPointer { bytes in
            var scanner = JSONScanner(bytes)
            let text = try scanner.text()
            #expect(scanner.spells("model", text))
            #expect(!scanner.spells("mode", text) && !scanner.spells("models", text) && !scanner.spells("Model", text))
        }
    }

    @Test func moreValuesThanABodyMayHaveAreRefused() {
        let most = BodyBounds.values
        func text(_ count: Int) -> String {
            #"{"x":["# + Array(repeating: "1", count: count).joined(separator: ",") + "]}"
        }
        // The object and the array are values too.
        #expect(problem(text(most - 2)) == nil)
        #expect(problem(text(most - 1))?.kind == .tooMany)
    }
}
