import EmberCore
import Testing

@testable import EmberContext

/// What is refused for its length must be certain not to fit: so only that counts which no template and no tokenizer
/// leaves out.
@Suite struct PromptMeasureTests {
    private func lower(_ text: String, _ kind: RequestKind, longestToken: Int? = 10) throws -> Int {
        TokenBounds(try shape(text, kind).measure, longestToken: longestToken).lower
    }

    private let letters = String(repeating: "a", count: 100)

    @Test func messagesAndTheirTextCount() throws {
        let text = #"{"messages":[{"role":"user","content":"\#(letters)"},{"role":"assistant","content":"a"}]}"#
        #expect(try lower(text, .chat) == 2 + 11)
        #expect(try lower(text, .messages) == 2 + 11)
        #expect(try lower(text, .countTokens) == 2 + 11)
        #expect(try lower(text, .chat, longestToken: nil) == 2)
    }

    @Test func partsOfTextCountAndPicturesDoNot() throws {
        let text = """
            {"messages":[{"content":[{"type":"text","text":"\(letters)"},{"text":"\(letters)","type":"text"},
            {"type":"image_url","image_url":{"url":"data:\(letters)"}},{"type":"other","text":"\(letters)"}],"role":"user"}]}
            """
        #expect(try lower(text, .chat) == 1 + 20)
        #expect(try shape(text).measure.needsPictures)
        #expect(
            try lower(
                #"{"input":[{"role":"user","content":[{"type":"input_text","text":"\#(letters)"}]}]}"#, .responses)
                == 11)
        #expect(try lower(#"{"input":"\#(letters)","instructions":"\#(letters)"}"#, .responses) == 20)
    }

    /// Templates trim white space, and some tokenizers drop control characters.
    @Test func whiteSpaceCountsNothing() throws {
        let blanks = String(repeating: " ", count: 1000) + String(repeating: #"\n\t\u0004"#, count: 1000)
        #expect(try lower(#"{"messages":[{"role":"user","content":"\#(blanks)"}]}"#, .chat) == 0)
        #expect(try lower(#"{"prompt":"\#(blanks)a"}"#, .completions) == 1)
    }

    /// Templates leave out what assistants have thought before they answered, and what tools have said.
    @Test func whatTemplatesLeaveOutCountsNothing() throws {
        func asked(_ role: String, _ text: String) throws -> Int {
            try lower(#"{"messages":[{"role":"\#(role)","content":"\#(text)"}]}"#, .chat)
        }
        #expect(try asked("assistant", "<think>\(letters)</think>") == 0)
        #expect(try asked("assistant", "[THINK]\(letters)[/THINK]") == 0)
        #expect(try asked("assistant", "<|channel|>analysis\(letters)") == 0)
        #expect(try asked("user", "<think>\(letters)</think>") == 1 + 12)
        #expect(try asked("tool", letters) == 0)
        #expect(try asked("system", letters) == 10)
        let reasoning = #"{"messages":[{"role":"assistant","reasoning_content":"\#(letters)","content":"a"}]}"#
        #expect(try lower(reasoning, .chat) == 2)
        #expect(
            try lower(#"{"messages":[{"role":"user","content":"a"}],"tools":[{"type":"x","a":"\#(letters)"}]}"#, .chat)
                == 2)
    }

    @Test func escapesCountAsWhatTheyStandFor() throws {
        let escaped = String(repeating: #"\u0061"#, count: 100)
        #expect(try lower(#"{"prompt":"\#(escaped)"}"#, .completions) == 10)
    }

    @Test func textsThatHaveToFitByThemselvesAreNotAddedUp() throws {
        #expect(try lower(#"{"prompt":["\#(letters)","a"]}"#, .completions) == 10)
        #expect(try lower(#"{"input":["a","\#(letters)","b"]}"#, .embeddings) == 10)
        #expect(try lower(#"{"query":"ab","documents":["a","\#(letters)"]}"#, .rerank) == 10)
        #expect(try shape(#"{"input":["a","b"]}"#, .embeddings).measure.count == 2)
    }

    @Test func tokensAreCountedExactly() throws {
        #expect(try lower(#"{"prompt":[1,2,3]}"#, .completions, longestToken: nil) == 3)
        #expect(try lower(#"{"prompt":[[1,2,3],[4]]}"#, .completions, longestToken: nil) == 3)
        #expect(try lower(#"{"input":[[1,2,3],[4,5,6,7]]}"#, .embeddings, longestToken: nil) == 4)
        #expect(try lower(#"{"prompt":[1,"\#(letters)",2]}"#, .completions) == 12)
        // One long text, and one of many tokens.
        #expect(try lower(#"{"prompt":["\#(letters)",[1,2]]}"#, .completions) == 10)
        #expect(try lower(#"{"prompt":["\#(letters)",[1,2]]}"#, .completions, longestToken: 100) == 2)
    }

    @Test func theLastOfEqualKeysCounts() throws {
        #expect(try lower(#"{"prompt":"\#(letters)","prompt":"a"}"#, .completions) == 1)
        #expect(problem(#"{"messages":7,"messages":[{"role":"user","content":"a"}]}"#) == nil)
        #expect(problem(#"{"stream":7,"stream":true}"#) == nil)
        #expect(problem(#"{"stream":true,"stream":7}"#)?.param == "stream")
    }
}
