import EmberContext
import EmberCore
import Foundation
import NIOCore
import Testing

@testable import EmberServer

/// Whatever comes, what goes on is JSON; and an answer cut anywhere is the same answer.
@Suite struct MessagesRandomTests {
    private static let values = [
        "null", "true", "0", "-1", "2.50", "1e400", "\"\"", "\"auto\"", "\"caf\\u00e9 \\\"\\ud83d\\ude00\"", "[]", "{}",
        "[7]",
        #"["a","\n"]"#, #"{"type":"auto","disable_parallel_tool_use":true}"#, #"{"type":"tool","name":"f"}"#,
        #"{"type":"enabled","budget_tokens":5}"#, #"{"type":"disabled"}"#, #"[{"name":"f","input_schema":{"a": 1}}]"#,
        #"[{"type":"text","text":"x\u0000"}]"#,
    ]
    private static let blocks = [
        #"{"type":"text","text":"\u0041\n"}"#, #"{"type":"thinking","thinking":"h\""}"#,
        #"{"type":"redacted_thinking","data":"x"}"#,
        #"{"type":"image","source":{"type":"base64","media_type":"image\/png","data":"AA=="}}"#,
        #"{"type":"image","source":{"type":"url","url":"http://a/\"b"}}"#,
        #"{"type":"tool_use","id":"a","name":"f","input":{"x": [ 1.0, "\u00e9\\" ], "y": {} } }"#,
        #"{"type":"tool_result","tool_use_id":"a","content":[{"type":"text","text":"a"},{"type":"text","text":"\""}]}"#,
        #"{"type":"tool_result","tool_use_id":"a","content":"x"}"#, #"{"type":"tool_result","tool_use_id":"a"}"#,
        #"{"type":"document","title":"t","source":{"type":"text","data":"d"}}"#, #"{"type":"smell"}"#, "7",
    ]
    private static let keys = [
        "system", "tools", "tool_choice", "stop_sequences", "thinking", "temperature", "top_k", "stream", "metadata",
        "chat_template_kwargs", "max_tokens", "model",
    ]

    private static func request(_ lots: inout SeededGenerator) -> String {
        let turns = (0..<Int.random(in: 1...3, using: &lots)).map { _ in
            let content = (0..<Int.random(in: 0...3, using: &lots)).map { _ in blocks.randomElement(using: &lots)! }
            return #"{"role":"user","content":[\#(content.joined(separator: ","))]}"#
        }
        let members = (0..<Int.random(in: 0...3, using: &lots)).map { _ in
            "\"\(keys.randomElement(using: &lots)!)\": \(values.randomElement(using: &lots)!)"
        }
        let all = [#""max_tokens":9"#, #""messages":[\#(turns.joined(separator: ", "))]"#] + members
        return "{" + all.joined(separator: " ,") + "}"
    }

    @Test(arguments: 0..<4) func requests(_ seed: UInt64) throws {
        var (lots, count) = (SeededGenerator(seed: seed), 0)
        for _ in 0..<300 {
            var body = Self.request(&lots)
            // What is no request is refused before.
            guard let asked = try? RequestShape(Array(body.utf8), kind: .messages), asked.problem == nil else {
                continue
            }
            do {
                let translation = try body.withUTF8 { try MessagesTranslation($0, isForLlamaServer: seed % 2 == 0) }
                let shape = try RequestShape(translation.body, kind: .chat)
                let isEmpty = String(decoding: translation.body, as: UTF8.self).contains(#""messages":[]"#)
                #expect(shape.problem == nil || isEmpty, "\(body)")
                // Foundation holds no number as large.
                let object = try? JSONSerialization.jsonObject(with: Data(translation.body)) as? [String: Any]
                #expect(object?["messages"] is [[String: Any]] || body.contains("1e400"), "\(body)")
                count += 1
            } catch {
                #expect(error is APIError, "\(body): \(error)")
            }
        }
        #expect(count > 50)
    }

    @Test(arguments: 0..<4) func answers(_ seed: UInt64) {
        var lots = SeededGenerator(seed: 100 + seed)
        let deltas = [
            #""content":"a\u00e9\n""#, #""reasoning_content":"h""#, #""content":null"#, #""content":7"#,
            #""tool_calls":[{"index":0,"id":"x","function":{"name":"f","arguments":"{\"a\""}}]"#,
            #""tool_calls":[{"index":0,"function":{"arguments":":1}"}}]"#, #""tool_calls":[{"index":1},7]"#,
            #""tool_calls":7"#,
        ]
        for _ in 0..<100 {
            let text =
                (0..<Int.random(in: 0...6, using: &lots)).map { _ in
                    let delta = deltas.randomElement(using: &lots)!
                    return "data: {\"choices\":[{\"delta\":{\(delta)},\"finish_reason\":null}]}\n\n"
                }.joined() + "data: [DONE]\n\n"
            let whole = Self.written(text, piecesOf: text.utf8.count)
            #expect(Self.written(text, piecesOf: Int.random(in: 1...40, using: &lots)) == whole, "\(text)")
            var open: Int?
            for line in whole.split(separator: "\n") where line.hasPrefix("data: ") {
                let object = try? JSONSerialization.jsonObject(with: Data(line.dropFirst(6).utf8)) as? [String: Any]
                let (type, index) = (object?["type"] as? String, object?["index"] as? Int)
                #expect(type != nil, "\(line)")
                switch type {
                case "content_block_start":
                    #expect(open == nil)
                    open = index
                case "content_block_delta": #expect(open == index)
                case "content_block_stop":
                    #expect(open == index)
                    open = nil
                default: #expect(open == nil)
                }
            }
        }
    }

    private static func written(_ text: String, piecesOf size: Int) -> String {
        var stream = MessagesStream(MessagesAnswer(stopSequences: []))
        let bytes = Array(text.utf8)
        var written = ""
        for start in stride(from: 0, to: bytes.count, by: size) {
            written += String(
                buffer: stream.passOn(ByteBuffer(bytes: bytes[start..<min(start + size, bytes.count)])))
        }
        return written + String(buffer: stream.end(behind: ByteBuffer()))
    }
}
