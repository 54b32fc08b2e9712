import Foundation
import NIOCore
import Testing

@testable import EmberServer

/// Streams in OpenAI's form, and the lines that they become.
@Suite struct OllamaStreamTests {
    private static let times = OllamaTimes(total: .milliseconds(500), loadSeconds: 0.25)
    private static let counted =
        #""total_duration":500000000,"load_duration":250000000,"prompt_eval_count":30,"prompt_eval_duration":20500000,"#
        + #""eval_count":4,"eval_duration":40000000"#

    private func lines(_ text: String, _ form: OllamaForm = .chat, piecesOf size: Int = 10_000) -> [String] {
        written(text, form, piecesOf: size).split(separator: "\n").map(String.init)
    }

    private func written(_ text: String, _ form: OllamaForm = .chat, piecesOf size: Int) -> String {
        var stream = OllamaStream(OllamaLines(form: form, model: "m:latest", time: .system))
        let bytes = Array(text.utf8)
        var written = ByteBuffer()
        for start in stride(from: 0, to: bytes.count, by: size) {
            var piece = stream.passOn(ByteBuffer(bytes: bytes[start..<min(start + size, bytes.count)]))
            written.writeBuffer(&piece)
        }
        var last = stream.end(Self.times)
        written.writeBuffer(&last)
        return String(buffer: written).timeless
    }

    private static func event(_ json: String) -> String { "data: \(json)\n\n" }

    private static func delta(_ members: String, finish: String = "null") -> String {
        event(#"{"choices":[{"index":0,"delta":{\#(members)},"finish_reason":\#(finish)}],"model":"m"}"#)
    }

    private static let usage = event(
        #"{"choices":[],"usage":{"prompt_tokens":30,"completion_tokens":4,"total_tokens":34},"#
            + #""timings":{"cache_n":20,"prompt_n":10,"prompt_ms":20.5,"predicted_n":4,"predicted_ms":40.0}}"#)
    private static let done = "data: [DONE]\n\n"

    private static func line(_ message: String, end: String? = nil) -> String {
        let rest = end.map { ",\"done\":true,\"done_reason\":\($0),\(counted)}" } ?? ",\"done\":false}"
        return #"{"model":"m:latest","created_at":"T","message":{"role":"assistant",\#(message)}"# + rest
    }

    @Test func text() {
        let stream =
            Self.delta(#""role":"assistant","content":null"#) + Self.delta(#""content":"caf\u00e9 \"""#)
            + Self.delta(#""content":"b\n""#) + Self.delta("", finish: "\"stop\"") + Self.usage + Self.done
        let expected = [
            Self.line(#""content":"caf\u00e9 \"""#), Self.line(#""content":"b\n""#),
            Self.line(#""content":"""#, end: "\"stop\""),
        ]
        for stream in [stream, stream.replacing("\n", with: "\r\n"), String(stream.dropLast(2))] {
            #expect(lines(stream) == expected)
        }
    }

    /// Every kind of event, cut anywhere.
    @Test func piecesMakeNoDifference() {
        let stream =
            Self.delta(#""reasoning_content":"hmm""#) + ": waiting\n\n" + Self.delta(#""content":"漢字 😀""#)
            + Self.delta(
                #""tool_calls":[{"index":0,"id":"c","function":{"name":"f","arguments":"{\"a\":"}}]"#)
            + Self.delta(#""tool_calls":[{"index":0,"function":{"arguments":" 1}"}}]"#)
            + Self.delta("", finish: "\"tool_calls\"") + Self.usage + Self.done
        let whole = written(stream, piecesOf: stream.utf8.count)
        #expect(whole.hasPrefix("{") && whole.contains("\n {"))
        for size in 1..<stream.utf8.count { #expect(written(stream, piecesOf: size) == whole) }
    }

    @Test func thoughtsAndTheirAnswer() {
        let stream =
            Self.delta(#""reasoning_content":"hm""#) + Self.delta(#""reasoning":"m""#) + Self.delta(#""content":"a""#)
            + Self.delta("", finish: "\"length\"") + Self.usage
        #expect(
            lines(stream) == [
                Self.line(#""content":"","thinking":"hm""#), Self.line(#""content":"","thinking":"m""#),
                Self.line(#""content":"a""#), Self.line(#""content":"""#, end: "\"length\""),
            ])
    }

    @Test func callsOfToolsComeWhole() {
        let stream =
            Self.delta(
                #""tool_calls":[{"index":0,"id":"c1","type":"function","function":{"name":"f","arguments":""}}]"#)
            + Self.delta(#""tool_calls":[{"index":0,"function":{"arguments":"{\"city\":"}}]"#)
            + Self.delta(#""tool_calls":[{"index":0,"function":{"arguments":"\"Li\u00e8ge\", \"n\": 1.0}"}}]"#)
            + Self.delta(#""tool_calls":[{"index":1,"id":"c2","function":{"name":"g","arguments":""}}]"#)
            + Self.delta("", finish: "\"tool_calls\"") + Self.usage + Self.done
        let calls =
            #"[{"id":"c1","function":{"index":0,"name":"f","arguments":{"city":"Liège", "n": 1.0}}},"#
            + #"{"id":"c2","function":{"index":1,"name":"g","arguments":{}}}]"#
        #expect(
            lines(stream) == [
                Self.line(#""content":"","tool_calls":\#(calls)"#), Self.line(#""content":"""#, end: "\"stop\""),
            ])
    }

    @Test func aCallThatWasCutIsText() {
        let stream =
            Self.delta(#""tool_calls":[{"index":0,"id":"c1","function":{"name":"f","arguments":"{\"city\":\"Lo"}}]"#)
            + Self.delta("", finish: "\"length\"") + Self.usage + Self.done
        #expect(lines(stream).first == Self.line(#""content":"{\"name\": \"f\", \"arguments\": {\"city\":\"Lo""#))
        #expect(lines(stream).count == 2)
    }

    @Test func aPromptsAnswer() {
        let chat = Self.delta(#""content":"a""#) + Self.delta("", finish: "\"stop\"") + Self.done
        let completion =
            Self.event(#"{"choices":[{"text":"a","finish_reason":null}]}"#)
            + Self.event(#"{"choices":[{"text":"","finish_reason":"stop"}]}"#) + Self.done
        let expected = [
            #"{"model":"m:latest","created_at":"T","response":"a","done":false}"#,
            #"{"model":"m:latest","created_at":"T","response":"","done":true,"done_reason":"stop",\#(Self.spent)}"#,
        ]
        #expect(lines(chat, .generate) == expected)
        #expect(lines(completion, .generate) == expected)
    }

    @Test func likelihoods() {
        let content = #"[{"token":"a","logprob":-0.5,"bytes":[97],"top_logprobs":[{"token":"a","logprob":-0.5}]}]"#
        let event = Self.event(
            #"{"choices":[{"delta":{"content":"a"},"logprobs":{"content":\#(content)},"finish_reason":null}]}"#)
        #expect(lines(event).first?.contains(#"},"logprobs":\#(content),"done":false}"#) == true)
    }

    @Test func commentsAreWhiteSpaceBeforeALine() throws {
        var stream = OllamaStream(OllamaLines(form: .chat, model: "m", time: .system))
        #expect(String(buffer: stream.passOn(ByteBuffer(string: ": waiting for the model\n\n"))) == " ")
        #expect(String(buffer: stream.passOn(ByteBuffer(string: ": waiting for the model\n\n"))) == " ")
        let line = String(buffer: stream.passOn(ByteBuffer(string: Self.delta(#""content":"a""#))))
        #expect(try JSONSerialization.jsonObject(with: Data("  \(line)".utf8)) is [String: Any])
    }

    @Test func anErrorIsTheLastLine() {
        let error = Self.event(#"{"error":{"message":"it \"broke\"","type":"server_error","code":"engine_failed"}}"#)
        let stream = Self.delta(#""content":"a""#) + error + Self.delta(#""content":"b""#) + Self.done
        for size in [1, 3, 10_000] {
            #expect(
                lines(stream, piecesOf: size) == [Self.line(#""content":"a""#), #"{"error":"it \"broke\""}"#])
        }
        #expect(lines("data: no JSON\n\n") == [#"{"error":"the engine's answer is not understood"}"#])
    }

    // MARK: Whole answers

    private func whole(_ answer: String, _ form: OllamaForm, dimensions: Int? = nil) throws -> String {
        var answer = answer
        let text = try answer.withUTF8 {
            try OllamaWhole.answer(
                $0, OllamaLines(form: form, model: "m:latest", time: .system), dimensions: dimensions, Self.times)
        }
        return String(decoding: text, as: UTF8.self).timeless
    }

    private static let spent = #""total_duration":500000000,"load_duration":250000000"#

    @Test func aWholeChat() throws {
        let call = #"{"id":"c","type":"function","function":{"name":"f","arguments":"{\"x\": [1]}"}}"#
        let message = #"{"role":"assistant","content":"a","reasoning_content":"hm","tool_calls":[\#(call)]}"#
        let counts =
            #""usage":{"prompt_tokens":30,"completion_tokens":4},"timings":{"prompt_ms":20.5,"predicted_ms":40}"#
        let answer = #"{"choices":[{"message":\#(message),"finish_reason":"tool_calls"}],\#(counts)}"#
        let expected = #"[{"id":"c","function":{"index":0,"name":"f","arguments":{"x": [1]}}}]"#
        #expect(
            try whole(answer, .chat)
                == Self.line(#""content":"a","thinking":"hm","tool_calls":\#(expected)"#, end: "\"stop\""))
    }

    @Test func aWholeAnswerWithoutCounts() throws {
        let answer = #"{"choices":[{"text":"a","finish_reason":"length"}]}"#
        let begun = #""model":"m:latest","created_at":"T","response":"a","done":true,"done_reason":"length""#
        #expect(try whole(answer, .generate) == "{\(begun),\(Self.spent)}")
        let empty = #"{"choices":[{"message":{"content":null},"finish_reason":null}]}"#
        #expect(try whole(empty, .chat).contains(#""content":""},"done":true,"total_duration""#))
    }

    @Test func embeddings() throws {
        let vectors = #"[{"index":1,"embedding":[0.6,0.8]},{"index":0,"embedding":[3,4,1e-3]}]"#
        let answer = #"{"data":\#(vectors),"usage":{"prompt_tokens":5}}"#
        let lists = #""model":"m:latest","embeddings":[[3,4,1e-3],[0.6,0.8]]"#
        #expect(try whole(answer, .embed) == #"{\#(lists),\#(Self.spent),"prompt_eval_count":5}"#)
        #expect(try whole(answer, .embed, dimensions: 2).contains(#""embeddings":[[0.6,0.8],[0.6,0.8]]"#))
        #expect(try whole(answer, .embeddings) == #"{"embedding":[3,4,1e-3]}"#)
        #expect(throws: (any Error).self) { try whole(#"{"object":"list"}"#, .embed) }
    }

    @Test func detailsInWords() {
        let counts = [
            134_515_008: "134.52M", 7_600_000_000: "7.6B", 70_000_000_000: "70B", 3_000_000: "3M", 900: "900",
        ]
        for (count, text) in counts { #expect(OllamaDetails.text(of: count) == text) }
    }
}

extension String {
    /// Without the time of each line.
    var timeless: String { replacing(/"created_at":"[^"]*"/, with: #""created_at":"T""#) }
}
