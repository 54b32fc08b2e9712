import Testing

@testable import EmberContext

@Suite struct AnswerTextTests {
    private func text(_ answer: String, _ format: PromptFormat, stream: Bool = false, pieces: Int = 7) -> String? {
        var reader = AnswerText(format, isStream: stream)
        let bytes = Array(answer.utf8)
        for start in stride(from: 0, to: bytes.count, by: pieces) {
            reader.read(bytes[start..<min(start + pieces, bytes.count)])
        }
        return reader.text()
    }

    @Test func wholeAnswers() {
        #expect(
            text(#"{"choices":[{"message":{"content":"yes"},"finish_reason":"stop"}],"usage":{}}"#, .chat) == "yes")
        #expect(text(#"{"choices":[{"text":" yes","finish_reason":"stop"}]}"#, .completion) == " yes")
        #expect(text(#"{"content":[{"type":"text","text":"yes"}],"stop_reason":"end_turn"}"#, .messages) == "yes")
        let response = """
            {"status":"completed","output":[{"type":"reasoning"},{"type":"message","content":[{"type":"output_text","text":"yes"}]}]}
            """
        #expect(text(response, .responses) == "yes")
    }

    @Test func answersThatAreCutShortOrCallToolsTeachNothing() {
        #expect(text(#"{"choices":[{"message":{"content":"ye"},"finish_reason":"length"}]}"#, .chat) == nil)
        let call = """
            {"choices":[{"message":{"content":null,"tool_calls":[{"id":"1"}]},"finish_reason":"stop"}]}
            """
        #expect(text(call, .chat) == nil)
        #expect(text(#"{"error":{"message":"no"}}"#, .chat) == nil)
        #expect(text("nonsense", .chat) == nil)
        let two = """
            {"choices":[{"text":"a","finish_reason":"stop"},{"text":"b","finish_reason":"stop"}]}
            """
        #expect(text(two, .completion) == nil)
    }

    @Test(arguments: [1, 5, 1000]) func streams(_ pieces: Int) {
        let chat = """
            data: {"choices":[{"delta":{"role":"assistant","content":null}}]}

            : ping

            data: {"choices":[{"delta":{"content":"y"}}]}

            data: {"choices":[{"delta":{"content":"es"}}]}

            data: {"choices":[{"delta":{},"finish_reason":"stop"}]}

            data: [DONE]


            """
        #expect(text(chat, .chat, stream: true, pieces: pieces) == "yes")
        let messages = """
            event: content_block_delta
            data: {"type":"content_block_delta","delta":{"type":"text_delta","text":"yes"}}

            data: {"type":"message_delta","delta":{"stop_reason":"end_turn"}}

            """
        #expect(text(messages, .messages, stream: true, pieces: pieces) == "yes")
        let responses = """
            data: {"type":"response.output_text.delta","delta":"yes"}

            data: {"type":"response.completed","response":{}}

            """
        #expect(text(responses, .responses, stream: true, pieces: pieces) == "yes")
    }

    @Test func aStreamThatBreaksOffTeachesNothing() {
        #expect(text("data: {\"choices\":[{\"delta\":{\"content\":\"y\"}}]}\n\n", .chat, stream: true) == nil)
    }
}
