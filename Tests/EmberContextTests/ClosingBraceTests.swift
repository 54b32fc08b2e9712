import EmberCore
import Foundation
import Testing

@testable import EmberContext

/// Members that Ember adds stand right before the brace that closes a body's object, wherever that is.
@Suite struct ClosingBraceTests {
    private static let inner = [
        "", " ", "\n", #""a":1"#, #""a":{"b":{}}"#, #" "a":"}" "#, #""a":[{}], "b":"\"}" , "c":{ } "#,
        "\"\u{e9}\":\"\u{1F600}}\"",
    ]
    private static let outer = ["", " ", "\n", "\r\n\t ", String(repeating: " ", count: 100)]

    @Test func itIsFoundWhateverStandsAround() throws {
        for before in Self.outer {
            for inner in Self.inner {
                for after in Self.outer {
                    let text = before + "{" + inner + "}" + after
                    let bytes = Array(text.utf8)
                    for kind in [nil, RequestKind.chat, .completions, .responses, .messages, .embeddings] {
                        let read = try shape(text, kind)
                        #expect(read.closingBrace == bytes.count - after.utf8.count - 1, "\(text)")
                        #expect(bytes[read.closingBrace] == UInt8(ascii: "}"))
                        #expect(read.isEmpty == inner.allSatisfy(\.isWhitespace))
                    }
                }
            }
        }
    }

    /// Every way by which a member is added there.
    @Test func whatIsAddedThereIsAMember() throws {
        for inner in Self.inner {
            for after in Self.outer {
                let text = "{" + inner + "}" + after
                let bytes = Array(text.utf8)
                let prompt = try #require(PromptBody(bytes, format: .chat))
                let edits: [([BodyEdit], [String: Int])] = [
                    ([try #require(AnswerBounds(bytes, format: .chat)).edit(bounding: 12)], ["max_tokens": 12]),
                    (prompt.edits(inserting: [], slot: 3), ["id_slot": 3]),
                    (prompt.edits(inserting: [], slot: 3, reusing: false), ["id_slot": 3, "cache_prompt": 0]),
                    (prompt.edits(inserting: [], slot: nil, reusing: false), ["cache_prompt": 0]),
                ]
                for (edits, added) in edits {
                    let edited = BodyEdit.apply(edits, to: bytes)
                    var expected = try object(bytes)
                    for (key, value) in added { expected[key] = key == "cache_prompt" ? false : value }
                    let actual = try object(edited)
                    #expect(NSDictionary(dictionary: actual) == NSDictionary(dictionary: expected), "\(text)")
                    #expect(edited.suffix(after.utf8.count).elementsEqual(after.utf8))
                }
            }
        }
    }

    private func object(_ bytes: [UInt8]) throws -> [String: Any] {
        let text = String(decoding: bytes, as: UTF8.self)
        return try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any], "\(text)")
    }
}
