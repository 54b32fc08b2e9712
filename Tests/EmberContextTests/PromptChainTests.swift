import EmberCore
import Testing

@testable import EmberContext

/// Conversations are found by their content.
@Suite struct PromptChainTests {
    private let key = ChainKey()

    private func chain(_ body: String, _ kind: RequestKind = .chat, key: ChainKey? = nil) throws -> PromptChain {
        let bytes = Array(body.utf8)
        let shape = try RequestShape(bytes, kind: kind)
        return try #require(PromptBody(bytes, shape, key: key ?? self.key)).chain
    }

    private func chat(_ messages: [String], more: String = "") throws -> PromptChain {
        let list = messages.enumerated().map { index, text in
            #"{"role":"\#(index % 2 == 0 ? "user" : "assistant")","content":"\#(text)"}"#
        }
        return try chain("{\"model\":\"m\",\"messages\":[\(list.joined(separator: ", "))]\(more)}")
    }

    @Test func aConversationGoesOnWhereItWas() throws {
        let first = try chat(["one"])
        let next = try chat(["one", "answer", "two"])
        #expect(first.bytes > 0 && next.bytes > first.bytes)
        #expect(next.sharedBytes(with: first) == first.bytes && first.sharedBytes(with: next) == first.bytes)
        #expect(next.sharedBytes(with: next) == next.bytes)
    }

    @Test func whatDivergesSharesItsBeginning() throws {
        let long = try chat(["one", "answer", "two", "more", "three"])
        let edited = try chat(["one", "answer", "other", "more", "three"])
        #expect(edited.sharedBytes(with: long) == (try chat(["one", "answer"])).bytes)
        #expect(try chat(["other"]).sharedBytes(with: long) == 0)
        // The same text at another place is another prompt.
        #expect(try chat(["answer", "one"]).sharedBytes(with: long) == 0)
    }

    @Test(arguments: [
        #","tools":[{"type":"function","function":{"name":"f"}}]"#,
        #","chat_template_kwargs":{"enable_thinking":false}"#,
        #","reasoning_effort":"low""#,
    ])
    func whatFramesAPromptIsAPartOfIt(_ member: String) throws {
        let plain = try chat(["one"])
        #expect(try chat(["one"], more: member).sharedBytes(with: plain) == 0)
        #expect(try chat(["one"], more: member).sharedBytes(with: try chat(["one", "two"], more: member)) > 0)
        // Wherever it stands, and whatever else does.
        #expect(try chat(["one"], more: #","temperature":0.5"#) == plain)
    }

    @Test func aPlainTextIsComparedInSteps() throws {
        func completion(_ text: String) throws -> PromptChain { try chain(#"{"prompt":"\#(text)"}"#, .completions) }
        let text = String(repeating: "a", count: 1200)
        let first = try completion(text)
        #expect(first.bytes == 1200)
        #expect(try completion(text + "b").sharedBytes(with: first) == 1024)
        #expect(try completion(text).sharedBytes(with: first) == 1200)
        #expect(try completion("b" + text).sharedBytes(with: first) == 0)
    }

    @Test(arguments: [#"{"prompt":["a","b"]}"#, #"{"prompt":[1,2,3]}"#])
    func severalPromptsAreNoConversation(_ body: String) throws {
        #expect(try chain(body, .completions).bytes == 0)
    }

    @Test func anotherKeyMakesOtherMarks() throws {
        let body = #"{"messages":[{"role":"user","content":"one"}]}"#
        #expect(try chain(body).sharedBytes(with: try chain(body, key: ChainKey())) == 0)
    }

    @Test func aResponsesInstructionsAndItemsAreItsPieces() throws {
        let first = try chain(#"{"instructions":"Be brief.","input":[{"role":"user","content":"a"}]}"#, .responses)
        let next = try chain(
            #"{"instructions":"Be brief.","input":[{"role":"user","content":"a"},{"role":"user","content":"b"}]}"#,
            .responses)
        #expect(next.sharedBytes(with: first) == first.bytes)
        let other = try chain(#"{"instructions":"Be long.","input":[{"role":"user","content":"a"}]}"#, .responses)
        #expect(other.sharedBytes(with: first) == 0)
    }
}
