import Foundation
import NIOCore
import Testing

@testable import EmberServer

/// Answers of chats, whole and as streams, and the messages that they become.
@Suite struct MessagesStreamTests {
    private static func event(_ json: String) -> String { "data: \(json)\n\n" }

    private static func delta(_ members: String, finish: String = "null", more: String = "") -> String {
        event(
            #"{"choices":[{"index":0,"delta":{\#(members)},"finish_reason":\#(finish)}],"id":"c1","model":"m"\#(more)}"#
        )
    }

    private static let begun = delta(
        #""role":"assistant","content":null"#, more: #","timings":{"cache_n":20,"prompt_n":10,"predicted_n":1}"#)
    private static let usage = event(
        #"{"choices":[],"usage":{"prompt_tokens":30,"completion_tokens":4,"#
            + #""prompt_tokens_details":{"cached_tokens":20}}}"#
    )
    private static let done = "data: [DONE]\n\n"

    private func written(
        _ text: String, piecesOf size: Int = 100_000, model: String? = "asked", stops: [String] = []
    ) -> String {
        var stream = MessagesStream(MessagesAnswer(stopSequences: stops, echo: ModelEcho(model, from: "m")))
        let bytes = Array(text.utf8)
        var written = ByteBuffer()
        for start in stride(from: 0, to: bytes.count, by: size) {
            var piece = stream.passOn(ByteBuffer(bytes: bytes[start..<min(start + size, bytes.count)]))
            written.writeBuffer(&piece)
        }
        var last = stream.end(behind: ByteBuffer())
        written.writeBuffer(&last)
        return String(buffer: written)
    }

    /// The events' data; every event has its type as its name.
    private func events(_ text: String, model: String? = "asked", stops: [String] = []) throws -> [String] {
        try written(text, model: model, stops: stops).components(separatedBy: "\n\n").dropLast().map { event in
            let lines = event.components(separatedBy: "\n")
            let data = try #require(lines.last?.dropFirst("data: ".count))
            let type = try #require(JSONSerialization.jsonObject(with: Data(data.utf8)) as? [String: Any])["type"]
            #expect(lines.count == 2 && lines[0] == "event: \(type as? String ?? "")")
            return String(data)
        }
    }

    private static func start(_ usage: String = used(0)) -> String {
        #"{"type":"message_start","message":{"id":"c1","type":"message","role":"assistant","model":"asked","#
            + #""content":[],"stop_reason":null,"stop_sequence":null,"usage":\#(usage)}}"#
    }

    private static func used(_ output: Int) -> String {
        #"{"input_tokens":10,"cache_creation_input_tokens":0,"cache_read_input_tokens":20,"output_tokens":\#(output)}"#
    }

    private static func block(_ index: Int, _ json: String) -> String {
        #"{"type":"content_block_start","index":\#(index),"content_block":\#(json)}"#
    }

    private static func piece(_ index: Int, _ type: String, _ member: String) -> String {
        #"{"type":"content_block_delta","index":\#(index),"delta":{"type":"\#(type)_delta",\#(member)}}"#
    }

    private static func stop(_ index: Int) -> String { #"{"type":"content_block_stop","index":\#(index)}"# }

    private static func end(_ reason: String, _ sequence: String = "null") -> [String] {
        [
            #"{"type":"message_delta","delta":{"stop_reason":"\#(reason)","stop_sequence":\#(sequence)},"#
                + #""usage":\#(used(4))}"#, #"{"type":"message_stop"}"#,
        ]
    }

    private static let emptyText = #"{"type":"text","text":""}"#

    @Test func text() throws {
        let stream =
            Self.begun + Self.delta(#""content":"caf\u00e9 \"""#) + Self.delta(#""content":"b\n""#)
            + Self.delta("", finish: "\"stop\"") + Self.usage + Self.done
        let expected =
            [
                Self.start(), Self.block(0, Self.emptyText), Self.piece(0, "text", #""text":"caf\u00e9 \"""#),
                Self.piece(0, "text", #""text":"b\n""#), Self.stop(0),
            ] + Self.end("end_turn")
        for stream in [stream, stream.replacing("\n", with: "\r\n"), String(stream.dropLast(2))] {
            #expect(try events(stream) == expected)
        }
    }

    /// A block ends before the next one begins, and a thought's signature stands before its end.
    @Test func thoughtsTextsAndCalls() throws {
        let stream =
            Self.begun + Self.delta(#""reasoning_content":"h""#) + Self.delta(#""reasoning_content":"m""#)
            + Self.delta(#""content":"a""#)
            + Self.delta(
                #""tool_calls":[{"index":0,"id":"x","type":"function","function":{"name":"f","arguments":""}}]"#)
            + Self.delta(#""tool_calls":[{"index":0,"function":{"arguments":"{\"a\":"}}]"#)
            + Self.delta(#""tool_calls":[{"index":0,"function":{"arguments":"\"\u00e9\"}"}}]"#)
            + Self.delta(#""tool_calls":[{"index":1,"id":"y","function":{"name":"g","arguments":"{}"}}]"#)
            + Self.delta("", finish: "\"tool_calls\"") + Self.usage + Self.done
        let expected =
            [
                Self.start(), Self.block(0, #"{"type":"thinking","thinking":"","signature":""}"#),
                Self.piece(0, "thinking", #""thinking":"h""#), Self.piece(0, "thinking", #""thinking":"m""#),
                Self.piece(0, "signature", #""signature":"""#), Self.stop(0), Self.block(1, Self.emptyText),
                Self.piece(1, "text", #""text":"a""#), Self.stop(1),
                Self.block(2, #"{"type":"tool_use","id":"x","name":"f","input":{}}"#),
                Self.piece(2, "input_json", #""partial_json":"{\"a\":""#),
                Self.piece(2, "input_json", #""partial_json":"\"é\"}""#), Self.stop(2),
                Self.block(3, #"{"type":"tool_use","id":"y","name":"g","input":{}}"#),
                Self.piece(3, "input_json", #""partial_json":"{}""#), Self.stop(3),
            ] + Self.end("tool_use")
        #expect(try events(stream) == expected)
    }

    /// Every kind of event, cut anywhere.
    @Test func piecesMakeNoDifference() {
        let stream =
            ":\n\n" + Self.begun + Self.delta(#""reasoning":"hmm""#) + ": waiting\n\n"
            + Self.delta(#""content":"漢字 😀""#)
            + Self.delta(#""tool_calls":[{"index":0,"id":"c","function":{"name":"f","arguments":"{}"}}]"#)
            + Self.delta("", finish: "\"length\"") + Self.usage + Self.done
        let whole = written(stream)
        #expect(
            whole.hasPrefix(":\n\nevent: message_start") && whole.contains("event: ping\ndata: {\"type\":\"ping\"}\n\n")
        )
        #expect(whole.contains("max_tokens"))
        for size in 1..<stream.utf8.count { #expect(written(stream, piecesOf: size) == whole) }
    }

    @Test func aStreamWithoutCountsAndModel() throws {
        let stream = Self.event(#"{"choices":[{"delta":{"content":"a"},"finish_reason":"stop"}]}"#) + Self.done
        let written = try events(stream, model: nil)
        #expect(written.count == 6 && written[0].contains(#""model":"""#) && written[0].contains(#""id":"msg""#))
        #expect(written[4].contains(#""input_tokens":0,"#))
    }

    @Test func aSequenceThatEndsTheAnswer() throws {
        func stream(_ word: String) -> String {
            Self.begun + Self.delta("", finish: "\"stop\"", more: #","__verbose":{"stopping_word":"\#(word)"}"#)
                + Self.usage + Self.done
        }
        #expect(try events(stream(#"\n"#), stops: ["a", "\n"]) == [Self.start()] + Self.end("stop_sequence", #""\n""#))
        // One of the template's own.
        #expect(try events(stream("<end>"), stops: ["a"]) == [Self.start()] + Self.end("end_turn"))
        #expect(try events(stream(""), stops: ["a"]) == [Self.start()] + Self.end("end_turn"))
    }

    @Test(arguments: ["data: no JSON\n\n", #"data: {"error":{"message":"it broke"}}"# + "\n\n"])
    func nothingComesBehindAFailure(_ failure: String) {
        var stream = MessagesStream(MessagesAnswer(stopSequences: []))
        _ = stream.passOn(ByteBuffer(string: Self.begun))
        #expect(stream.failure == nil)
        let text = failure + Self.delta(#""content":"b""#) + Self.done
        #expect(stream.passOn(ByteBuffer(string: text)).readableBytes == 0)
        #expect(stream.end(behind: ByteBuffer()).readableBytes == 0)
        #expect(stream.failure != nil)
    }

    // MARK: Whole answers

    private func whole(_ answer: String, stops: [String] = []) throws -> String {
        var answer = answer
        let text = try answer.withUTF8 {
            try MessagesAnswer(stopSequences: stops, echo: ModelEcho("asked", from: "m")).whole($0)
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static func answer(_ message: String, _ finish: String, more: String = "") -> String {
        #"{"id":"c1","model":"m","choices":[{"message":{"role":"assistant",\#(message)},"#
            + #""finish_reason":"\#(finish)"}],"usage":{"prompt_tokens":30,"completion_tokens":4,"#
            + #""prompt_tokens_details":{"cached_tokens":20}}\#(more)}"#
    }

    private static func message(_ content: String, _ reason: String, _ sequence: String = "null") -> String {
        #"{"id":"c1","type":"message","role":"assistant","model":"asked","content":[\#(content)],"#
            + #""stop_reason":"\#(reason)","stop_sequence":\#(sequence),"usage":\#(used(4))}"#
    }

    @Test func aWholeAnswer() throws {
        let call = #"{"id":"x","type":"function","function":{"name":"f","arguments":"{\"x\": [1.0]}"}}"#
        let cut = #"{"id":"y","type":"function","function":{"name":"g","arguments":"{\"x\": [1."}}"#
        let content =
            #"{"type":"thinking","thinking":"hm","signature":""},{"type":"text","text":"caf\u00e9"},"#
            + #"{"type":"tool_use","id":"x","name":"f","input":{"x": [1.0]}},"#
            + #"{"type":"tool_use","id":"y","name":"g","input":{}}"#
        let chat = Self.answer(
            #""content":"caf\u00e9","reasoning_content":"hm","tool_calls":[\#(call),\#(cut)]"#, "tool_calls")
        #expect(try whole(chat) == Self.message(content, "tool_use"))
        #expect(try whole(Self.answer(#""content":"""#, "length")) == Self.message("", "max_tokens"))
        #expect(try whole(Self.answer(#""content":null"#, "content_filter")) == Self.message("", "refusal"))
        let stopped = Self.answer(#""content":null"#, "stop", more: #","__verbose":{"stopping_word":"a"}"#)
        #expect(try whole(stopped, stops: ["a"]) == Self.message("", "stop_sequence", "\"a\""))
        #expect(try whole(stopped) == Self.message("", "end_turn"))
    }

    @Test(arguments: ["{}", "[]", #"{"object":"list"}"#, "no JSON", #"{"choices":7}"#])
    func whatIsNoAnswerIsNoMessage(_ answer: String) {
        #expect(throws: (any Error).self) { try whole(answer) }
    }
}
