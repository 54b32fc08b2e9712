import Foundation
import Testing

@testable import EmberContext

@Suite struct PromptBodyTests {
    private let turns = [Turn(prompt: "1+1?", result: "2"), Turn(prompt: "say \"a\"\n", result: "a")]

    private func edited(_ text: String, _ format: PromptFormat, slot: Int? = nil) throws -> [String: Any] {
        let body = try #require(PromptBody(Array(text.utf8), format: format))
        let bytes = BodyEdit.apply(body.edits(inserting: turns, slot: slot), to: Array(text.utf8))
        return try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
    }

    private func contents(_ messages: Any?) -> [String] {
        (messages as? [[String: Any]] ?? []).map { "\($0["role"] ?? ""): \($0["content"] ?? "")" }
    }

    @Test func turnsGoBehindTheSystemPromptAndBeforeTheQuestion() throws {
        let text = """
            {"model":"m","messages":[ {"role":"system","content":"Be brief."}, {"role":"user","content":"2+2?"} ],"n":1}
            """
        #expect(
            contents(try edited(text, .chat)["messages"]) == [
                "system: Be brief.", "user: 1+1?", "assistant: 2", "user: say \"a\"\n", "assistant: a", "user: 2+2?",
            ])
        let body = try #require(PromptBody(Array(text.utf8), format: .chat))
        #expect(body.question == "2+2?")
        #expect(body.isSelfContained)
        #expect(body.head == #"{"role":"system","content":"Be brief."}"#)
    }

    @Test func aConversationIsNoQuestionByItself() throws {
        let text = """
            {"messages":[{"role":"user","content":"a"},{"role":"assistant","content":"b"},{"role":"user","content":"c"}]}
            """
        let body = try #require(PromptBody(Array(text.utf8), format: .chat))
        #expect(body.question == "c")
        #expect(!body.isSelfContained)
        #expect(body.textBytes == 3)
    }

    @Test func partsOfTextAreTextAndImagesTeachNothing() throws {
        let parts = #"{"messages":[{"role":"user","content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}]}"#
        #expect(PromptBody(Array(parts.utf8), format: .chat)?.question == "a\nb")
        #expect(PromptBody(Array(parts.utf8), format: .chat)?.isSelfContained == true)
        let image = """
            {"messages":[{"role":"user","content":[{"type":"text","text":"a"},{"type":"image_url","image_url":{}}]}]}
            """
        #expect(PromptBody(Array(image.utf8), format: .chat)?.isSelfContained == false)
    }

    /// A request that waits keeps no more of its texts than this.
    @Test(arguments: [PromptFormat.chat, .messages, .responses])
    func longTextsAreNotKept(_ format: PromptFormat) throws {
        let (long, key) = (String(repeating: "ä", count: 500_000), format == .responses ? "input" : "messages")
        func read(_ head: String, _ question: String) throws -> PromptBody {
            let text = """
                {"\(key)":[{"role":"system","content":"\(head)"},{"role":"user","content":"\(question)"}]}
                """
            return try #require(PromptBody(Array(text.utf8), format: format))
        }
        let body = try read(long, long)
        let kept = [body.head, body.question ?? ""].map(\.utf8.count)
        #expect(kept.allSatisfy { $0 > 60_000 && $0 < 70_000 })
        #expect(body.textBytes == 2_000_000)
        #expect(!body.isSelfContained && body.takesDemonstrations)
        #expect(body.prefill(turns, slot: 0) == nil)
        // What is kept still tells one prompt from another.
        #expect(try read(long + "b", long).head != body.head && read("a" + long, long).head != body.head)
        #expect(try read("short", "short").isSelfContained)
    }

    @Test func aLongQuestionStaysWhereItIs() throws {
        let long = String(repeating: "ä", count: 100_000)
        let object = try edited(#"{"input":"\#(long)"}"#, .responses)
        let contents = (object["input"] as? [[String: Any]])?.map { $0["content"] }
        #expect(contents?.count == 5 && contents?.last as? String == long)
    }

    @Test func onlySystemMessagesOrNone() throws {
        let onlySystem = #"{"messages":[{"role":"system","content":"s"}]}"#
        #expect(contents(try edited(onlySystem, .chat)["messages"]).first == "system: s")
        #expect(contents(try edited(onlySystem, .chat)["messages"]).count == 5)
        #expect(contents(try edited(#"{"messages":[]}"#, .messages)["messages"]).count == 4)
    }

    @Test func completionsTakeTextBeforeTheirPrompt() throws {
        let object = try edited(#"{"prompt" : "2+2?\n", "max_tokens": 7}"#, .completion)
        #expect(object["prompt"] as? String == "1+1?2\n\nsay \"a\"\na\n\n2+2?\n")
        let body = try #require(PromptBody(Array(#"{"prompt":"x","max_tokens":7}"#.utf8), format: .completion))
        #expect(body.bounds.tokens == 7)
        let many = try #require(PromptBody(Array(#"{"prompt":["x","y"]}"#.utf8), format: .completion))
        #expect(many.edits(inserting: turns, slot: nil).isEmpty)
        #expect(!many.takesDemonstrations)
    }

    @Test func answersAreCountedAndNoNumberOverflows() throws {
        func read(_ text: String) throws -> PromptBody {
            try #require(PromptBody(Array(text.utf8), format: .completion))
        }
        #expect(try read(#"{"prompt":["x","y"],"n":3}"#).bounds.answers == 6)
        #expect(try read(#"{"prompt":[[1,2],[3]],"best_of":4,"n":2}"#).bounds.answers == 8)
        #expect(try read(#"{"prompt":[1,2,3]}"#).bounds.answers == 1)
        // By its own name, too, llama-server is asked for several answers to one prompt; several prompts are another
        // matter.
        #expect(try read(#"{"prompt":"x","n_cmpl":2}"#).bounds.slots == 2)
        #expect(try read(#"{"prompt":"x","\u006e":3,"n":1}"#).bounds.slots == 3)
        #expect(try read(#"{"prompt":["x","y"],"n":1,"n_cmpl":null,"best_of":3}"#).bounds.slots == 1)
        let huge = try read(#"{"prompt":["x","y"],"n":9223372036854775807,"max_tokens":9223372036854775807}"#)
        #expect(huge.bounds.answers == 1 << 31 && huge.bounds.tokens == 1 << 30)
    }

    @Test func responsesTakeItemsAlsoWhereTheInputIsAText() throws {
        let input = try #require(try edited(#"{"input":"2+2?"}"#, .responses)["input"] as? [[String: Any]])
        #expect(input.count == 5)
        #expect(input.last?["content"] as? String == "2+2?")
        #expect(input[1]["type"] as? String == "message")
        let list = try edited(#"{"input":[{"role":"user","content":"q"}]}"#, .responses)["input"] as? [[String: Any]]
        #expect(list?.count == 5)
    }

    @Test func onlyEmberChoosesTheSlot() throws {
        let sly = #"{"id_slot":3,"\u0069d_slot":4,"messages":[{"role":"user","content":"q"}],"id_slot":5}"#
        #expect(try edited(sly, .chat, slot: 1)["id_slot"] as? Int == 1)
        // Anthropic's messages do not say where they run.
        #expect(try edited(#"{"messages":[]}"#, .messages, slot: 1)["id_slot"] == nil)
    }

    @Test(arguments: ["", "[]", "{", #"{"messages":[}"#])
    func whatIsNoObjectIsLeftAlone(_ text: String) {
        #expect(PromptBody(Array(text.utf8), format: .chat) == nil)
    }

    /// Its engine is asked all the same, and not on another's slot.
    @Test(arguments: ["{}", #"{"prompt":"p"}"#])
    func aBodyWithoutItsPromptHasASlotToo(_ text: String) throws {
        let body = try #require(PromptBody(Array(text.utf8), format: .chat))
        #expect(!body.takesDemonstrations && body.question == nil)
        #expect(try edited(text, .chat, slot: 2)["id_slot"] as? Int == 2)
    }

    @Test func aRequestIsKeptFromReusingWhatItsSlotHolds() throws {
        let text = #"{"cache_prompt":true,"messages":[{"role":"user","content":"q"}],"cache_prompt":true}"#
        for (slot, format) in [(3, PromptFormat.chat), (nil, .messages)] {
            let body = try #require(PromptBody(Array(text.utf8), format: format))
            let bytes = BodyEdit.apply(body.edits(inserting: [], slot: slot, reusing: false), to: Array(text.utf8))
            #expect(String(decoding: bytes, as: UTF8.self).hasSuffix(#","cache_prompt":false}"#))
            let object = try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any]
            #expect(object?["id_slot"] as? Int == slot)
        }
    }

    @Test func nonsenseWithinMessagesIsTheEnginesToRefuse() throws {
        let body = try #require(PromptBody(Array(#"{"messages":[1,"x",{"content":5}]}"#.utf8), format: .chat))
        #expect(body.question == nil)
        #expect(!body.isSelfContained)
        #expect(PromptBody(Array(#"{"messages":"x"}"#.utf8), format: .chat)?.takesDemonstrations == false)
    }
}
