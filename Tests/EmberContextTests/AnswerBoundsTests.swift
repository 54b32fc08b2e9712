import Foundation
import Testing

@testable import EmberContext

/// What a request can cost at most follows from these: a bound that the upstream may not heed is none.
@Suite struct AnswerBoundsTests {
    private func bounds(_ text: String, _ format: PromptFormat = .chat) throws -> AnswerBounds {
        try #require(AnswerBounds(Array(text.utf8), format: format))
    }

    @Test func onlyTheKeysOfTheRequestsOwnFormatBoundIt() throws {
        #expect(try bounds(#"{"max_tokens":7}"#).tokens == 7)
        #expect(try bounds(#"{"max_completion_tokens":7,"max_tokens":9}"#).tokens == 9)
        #expect(try bounds(#"{"n_predict":7,"max_output_tokens":7}"#).tokens == nil)
        #expect(try bounds(#"{"max_tokens":7}"#, .responses).tokens == nil)
        #expect(try bounds(#"{"max_output_tokens":7}"#, .responses).tokens == 7)
        #expect(try bounds(#"{"max_completion_tokens":7}"#, .completion).tokens == nil)
    }

    @Test func boundsAreReadWithoutAPrompt() throws {
        let read = try bounds(#"{"max_tokens":9000,"n":3}"#, .completion)
        #expect(read.tokens == 9000 && read.answers == 3)
        #expect(try bounds("{}").tokens == nil)
        #expect(AnswerBounds(Array("[]".utf8), format: .chat) == nil)
    }

    @Test(arguments: [(#"1e5"#, 100_000), ("100000.0", 100_000), ("6.5", 7), ("1e300", 1 << 30)])
    func everyWayToWriteANumberCounts(_ text: String, _ tokens: Int) throws {
        #expect(try bounds(#"{"max_tokens":\#(text)}"#).tokens == tokens)
    }

    @Test func whatIsNoNumberIsTold() {
        #expect(problem(#"{"max_tokens":"7"}"#)?.param == "max_tokens")
        #expect(problem(#"{"max_tokens":true}"#)?.param == "max_tokens")
        #expect(problem(#"{"max_tokens":null}"#) == nil && problem(#"{"max_tokens":5}"#) == nil)
        #expect(problem(#"{"max_tokens":"7"}"#, .responses) == nil)
    }

    /// As the usual parsers have it, the last of equal keys counts.
    @Test(arguments: [
        (#"{"a":1}"#, "max_tokens"), (#"{}"#, "max_tokens"), (#"{"max_tokens":-1}"#, "max_tokens"),
        (#"{"max_completion_tokens":null}"#, "max_completion_tokens"),
    ])
    func anUnboundedAnswerIsBoundedByItsOwnKey(_ text: String, _ key: String) throws {
        let read = try bounds(text)
        #expect(read.tokens == nil)
        let edited = BodyEdit.apply([read.edit(bounding: 12)], to: Array(text.utf8))
        #expect(String(decoding: edited, as: UTF8.self).hasSuffix(#""\#(key)":12}"#))
        let object = try JSONSerialization.jsonObject(with: Data(edited)) as? [String: Any]
        #expect(object?[key] != nil)
    }

    @Test(arguments: [
        #"{"messages":[{"content":[{"image_url":{"url": "https://a/b.png"}}]}]}"#,
        #"{"messages":[{"content":[{"type":"file","file":{"file_id":"f"}}]}]}"#,
    ])
    func whatIsElsewhereIsSeen(_ text: String) throws {
        #expect(try bounds(text).refersElsewhere)
    }

    @Test func whatIsWithinIsNot() throws {
        #expect(try !bounds(#"{"messages":[{"content":"see \"file_id\" at \"https://a\""}]}"#).refersElsewhere)
        #expect(
            try !bounds(#"{"messages":[{"content":[{"image_url":{"url":"data:image/png;base64,AA"}}]}]}"#)
                .refersElsewhere)
        #expect(try bounds(#"{"input":"go on","previous_response_id":"r"}"#, .responses).refersElsewhere)
    }
}
