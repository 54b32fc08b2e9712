import EmberCore
import Foundation
import NIOCore
import Testing

@testable import EmberServer

/// Requests for messages, and the chats that they become.
@Suite struct MessagesTranslationTests {
    private static let hello = #""messages":[{"role":"user","content":"Hello"}]"#

    private func chat(_ members: String, isForLlamaServer: Bool = true) throws -> String {
        var body = #"{"model":"m","max_tokens":9,\#(members)}"#
        return try body.withUTF8 {
            String(decoding: try MessagesTranslation($0, isForLlamaServer: isForLlamaServer).body, as: UTF8.self)
        }
    }

    /// The list of the chat's messages.
    private func messages(_ members: String) throws -> String {
        let chat = try chat(members)
        let start = try #require(chat.range(of: #""messages":"#)).upperBound
        let end = try #require(chat.range(of: #","max_tokens""#)).lowerBound
        return String(chat[start..<end])
    }

    /// Of a conversation whose one message has these blocks.
    private func messages(of blocks: String, role: String = "user") throws -> String {
        try messages(#""messages":[{"role":"\#(role)","content":[\#(blocks)]}]"#)
    }

    private func problem(_ members: String) -> APIError? {
        do {
            _ = try chat(members)
            return nil
        } catch {
            return error as? APIError
        }
    }

    @Test func textsKeepTheirBytes() throws {
        let message = #"{"role":"user", "content":"caf\u00e9 \"x\"","cache_control":null}"#
        #expect(
            try chat(#""messages":[\#(message)]"#) == #"{"model":"m","messages":[\#(message)],"max_tokens":9}"#)
        #expect(
            try messages(of: #"{"type":"text","text":"caf\u00e9","cache_control":{"type":"ephemeral"}}"#)
                == #"[{"role":"user","content":[{"type":"text","text":"caf\u00e9"}]}]"#)
    }

    @Test func systemPrompts() throws {
        let rest = #",{"role":"user","content":"Hello"}]"#
        let blocks = #"[{"type":"text","text":"a\n","cache_control":{"type":"ephemeral"}},{"type":"text","text":"b"}]"#
        for (system, content) in [("\"a\"", "a"), (blocks, #"a\nb"#), ("[]", ""), ("\"\"", "")] {
            #expect(
                try messages(#""system":\#(system),\#(Self.hello)"#)
                    == #"[{"role":"system","content":"\#(content)"}"# + rest)
        }
        #expect(try messages(#""system":null,\#(Self.hello)"#) == "[" + rest.dropFirst())
        for system in ["7", "{}", #"["a"]"#, #"[{"type":"image"}]"#, #"[{"type":"text"}]"#] {
            let problem = problem(#""system":\#(system),\#(Self.hello)"#)
            #expect(problem?.status == .badRequest && problem?.param?.hasPrefix("system") == true, "\(system)")
        }
    }

    @Test(arguments: [
        ("x-anthropic-billing-header: a=1; cch=1a2b3;You", "x-anthropic-billing-header: a=1; cch=fffff;You"),
        ("x-anthropic-billing-header: cch=1a2b3;", "x-anthropic-billing-header: cch=fffff;"),
        ("x-anthropic-billing-header: cch=1a2b3", "x-anthropic-billing-header: cch=1a2b3"),
        ("x-anthropic-billing-header: cch=1;", "x-anthropic-billing-header: cch=1;"),
        ("x-anthropic-billing-header: ", "x-anthropic-billing-header: "), ("say cch=1a2b3;", "say cch=1a2b3;"),
    ])
    func aCheckSumForBillingIsSteady(_ system: String, _ steady: String) throws {
        for system in [#""\#(system)""#, #"[{"type":"text","text":"\#(system)"}]"#] {
            #expect(try messages(#""system":\#(system),\#(Self.hello)"#).contains(#""content":"\#(steady)"}"#))
        }
    }

    @Test func pictures() throws {
        let parts = #"[{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBO\/w=="}}]"#
        let source = #"{"type":"base64","media_type":"image/png","data":"iVBO\/w=="}"#
        #expect(try messages(of: #"{"type":"image","source":\#(source)}"#).contains(#""content":\#(parts)}"#))
        #expect(
            try messages(of: #"{"type":"image","source":{"type":"url","url":"https://a/b.png"}}"#)
                .contains(#""image_url":{"url":"https://a/b.png"}"#))
        for source in [#"{"type":"file","file_id":"f"}"#, "7", "{}", #"{"type":"base64"}"#, #"{"type":"url","url":1}"#]
        {
            #expect(throws: APIError.self) { try messages(of: #"{"type":"image","source":\#(source)}"#) }
        }
    }

    @Test func callsAndThoughts() throws {
        let blocks =
            #"{"type":"thinking","thinking":"h\n","signature":"s"},{"type":"thinking","thinking":"m"},"#
            + #"{"type":"redacted_thinking","data":"x"},{"type":"text","text":"a"},"#
            + #"{"type":"tool_use","id":"c","name":"f","input":{ "x" : [1, 2.50], "y": "caf\u00e9 \"\n" }},"#
            + #"{"type":"tool_use","id":"d","name":"g"}"#
        let calls =
            #"{"id":"c","type":"function","function":{"name":"f","arguments":"#
            + #""{\"x\":[1,2.50],\"y\":\"café \\\"\\n\"}"}},"#
            + #"{"id":"d","type":"function","function":{"name":"g","arguments":"{}"}}"#
        #expect(
            try messages(of: blocks, role: "assistant")
                == #"[{"role":"assistant","content":[{"type":"text","text":"a"}],"tool_calls":[\#(calls)],"#
                + #""reasoning_content":"h\nm"}]"#)
        #expect(
            try messages(of: #"{"type":"tool_use","id":"d","name":"g","input":{}}"#, role: "assistant")
                .hasPrefix(#"[{"role":"assistant","content":"","tool_calls":[{"id":"d""#))
        #expect(try messages(of: #"{"type":"redacted_thinking","data":"x"}"#, role: "assistant") == "[]")
    }

    /// They answer the message before, and what the user says comes behind them.
    @Test func resultsComeFirst() throws {
        let picture = #"{"type":"image","source":{"type":"base64","data":"AA"}}"#
        let blocks =
            #"{"type":"text","text":"go on"},{"type":"tool_result","tool_use_id":"a","content":"x","is_error":true},"#
            + #"{"type":"tool_result","tool_use_id":"b","content":[{"type":"text","text":"y"},"#
            + #"{"type":"text","text":"z"}]},"#
            + #"{"type":"tool_result","tool_use_id":"c"},"#
            + #"{"type":"tool_result","tool_use_id":"d","content":[{"type":"text","text":"p"},\#(picture)]}"#
        let expected =
            #"[{"role":"tool","tool_call_id":"a","content":"x"},{"role":"tool","tool_call_id":"b","content":"yz"},"#
            + #"{"role":"tool","tool_call_id":"c","content":""},"#
            + #"{"role":"tool","tool_call_id":"d","content":[{"type":"text","text":"p"},"#
            + #"{"type":"image_url","image_url":{"url":"data:image/jpeg;base64,AA"}}]},"#
            + #"{"role":"user","content":[{"type":"text","text":"go on"}]}]"#
        #expect(try messages(of: blocks) == expected)
    }

    @Test func documentsOfText() throws {
        let text = #"{"type":"document","title":"t","source":{"type":"text","media_type":"text/plain","data":"x"}}"#
        #expect(
            try messages(of: text).contains(#"[{"type":"text","text":"t"},{"type":"text","text":"x"}]"#))
        let content = #"{"type":"document","source":{"type":"content","content":[{"type":"text","text":"y"}]}}"#
        #expect(try messages(of: content).contains(#"[{"type":"text","text":"y"}]"#))
        for source in [#"{"type":"base64","media_type":"application/pdf","data":"x"}"#, #"{"type":"url"}"#, "7"] {
            #expect(throws: APIError.self) { try messages(of: #"{"type":"document","source":\#(source)}"#) }
        }
    }

    @Test(arguments: [
        (#"{"type":"server_tool_use","id":"a","name":"web_search"}"#, "server_tool_use"),
        (#"{"type":"smell"}"#, "smell"), ("{}", "block"), ("7", "block"), (#"{"type":"text"}"#, "string"),
        (#"{"type":"tool_use","id":"a"}"#, "name"), (#"{"type":"tool_use","name":"f"}"#, "id"),
        (#"{"type":"tool_result","content":"x"}"#, "tool_use_id"),
        (#"{"type":"tool_result","tool_use_id":"a","content":7}"#, "blocks"),
        (#"{"type":"tool_result","tool_use_id":"a","content":[{"type":"tool_reference"}]}"#, "tool_reference"),
    ])
    func whatNoChatCanSayIsRefusedByItsPlace(_ block: String, _ word: String) {
        let problem = problem(#""messages":[{"role":"user","content":[{"type":"text","text":"a"},\#(block)]}]"#)
        #expect(problem?.status == .badRequest && problem?.message.contains(word) == true, "\(block)")
        #expect(problem?.param?.hasPrefix("messages[0].content[1]") == true, "\(block)")
    }

    // MARK: Members

    @Test func tools() throws {
        let schema = #"{"type": "object", "properties": {"b": {}, "a": {}}}"#
        let tools =
            #"[{"name":"f","description":"d","input_schema":\#(schema),"cache_control":{"type":"ephemeral"}},"#
            + #"{"type":"custom","name":"g","strict":true}]"#
        let f = #"{"type":"function","function":{"name":"f","description":"d","parameters":\#(schema)}}"#
        let g = #"{"type":"function","function":{"name":"g","description":"","parameters":{}}}"#
        func rest(_ choice: String?) throws -> String {
            let chat = try chat(#"\#(Self.hello),"tools":\#(tools)"# + (choice.map { ",\"tool_choice\":\($0)" } ?? ""))
            return String(chat[try #require(chat.range(of: #"}],"#)).upperBound...])
        }
        let all = #""tools":[\#(f),\#(g)],"max_tokens":9}"#
        #expect(try rest(nil) == all)
        #expect(try rest(#"{"type":"auto"}"#) == #""tool_choice":"auto","# + all)
        #expect(try rest(#"{"type":"any"}"#) == #""tool_choice":"required","# + all)
        #expect(try rest(#"{"type":"none"}"#) == #""tool_choice":"none","# + all)
        #expect(
            try rest(#"{"type":"auto","disable_parallel_tool_use":true}"#)
                == #""tool_choice":"auto","parallel_tool_calls":false,"# + all)
        #expect(
            try rest(#"{"type":"tool","name":"g"}"#)
                == #""tool_choice":"required","tools":[\#(g)],"max_tokens":9}"#)
    }

    @Test(arguments: [
        (#""tools":7"#, "tools"), (#""tools":[7]"#, "tools[0]"), (#""tools":[{}]"#, "tools[0].name"),
        (#""tools":[{"name":"f","input_schema":7}]"#, "tools[0].input_schema"),
        (#""tools":[{"name":"f","description":7}]"#, "tools[0].description"),
        (#""tools":[{"name":"f"},{"type":"web_search_20250305","name":"web_search"}]"#, "tools[1]"),
        (#""tool_choice":"auto""#, "tool_choice"), (#""tool_choice":{"type":"maybe"}"#, "tool_choice"),
        (#""tools":[{"name":"f"}],"tool_choice":{"type":"tool","name":"g"}"#, "tool_choice.name"),
        (#""tool_choice":{"type":"tool"}"#, "tool_choice.name"), (#""stop_sequences":"x""#, "stop_sequences"),
        (#""stop_sequences":["x",7]"#, "stop_sequences"), (#""temperature":"warm""#, "temperature"),
        (#""thinking":"x""#, "thinking"),
        (#""thinking":{"type":"enabled","budget_tokens":"x"}"#, "thinking.budget_tokens"),
    ])
    func wrongMembersAreNamed(_ members: String, _ param: String) {
        let problem = problem("\(Self.hello),\(members)")
        #expect(problem?.status == .badRequest && problem?.param == param, "\(members): \(problem?.message ?? "")")
    }

    @Test func anAnswerNeedsABound() {
        var body = #"{"model":"m",\#(Self.hello)}"#
        let error = #expect(throws: APIError.self) {
            _ = try body.withUTF8 { try MessagesTranslation($0, isForLlamaServer: true) }
        }
        #expect(error?.param == "max_tokens" && error?.message.hasPrefix("max_tokens: Field required") == true)
    }

    @Test func otherMembers() throws {
        let asked =
            #""temperature":0.10,"top_p":1e-1,"top_k":5,"stop_sequences":["a","\n"],"seed":1,"metadata":{},"id_slot":3"#
        #expect(
            try chat("\(Self.hello),\(asked)")
                == #"{"model":"m",\#(Self.hello),"max_tokens":9,"stop":["a","\n"],"temperature":0.10,"#
                + #""top_p":1e-1,"top_k":5,"verbose":true,"response_fields":["stopping_word"]}"#)
        #expect(
            try chat(
                #"\#(Self.hello),"stream":true,"stop_sequences":["a"],"thinking":{"type":"enabled"}"#,
                isForLlamaServer: false)
                == #"{"model":"m",\#(Self.hello),"max_tokens":9,"stop":["a"],"stream":true,"#
                + #""stream_options":{"include_usage":true}}"#)
        #expect(try chat(#"\#(Self.hello),"stream":true"#).hasSuffix(#","timings_per_token":true}"#))
    }

    @Test(arguments: [
        (#""thinking":{"type":"enabled","budget_tokens":2000}"#, #","thinking_budget_tokens":2000"#),
        (#""thinking":{"type":"enabled"}"#, #","thinking_budget_tokens":10000"#),
        (#""thinking":{"type":"adaptive"}"#, ""),
        (#""thinking":{"type":"disabled"}"#, #","chat_template_kwargs":{"enable_thinking":false}"#),
        (
            #""thinking":{"type":"disabled"},"chat_template_kwargs":{"a":1}"#, #","chat_template_kwargs":{"a":1}"#
        ),
    ])
    func thinking(_ members: String, _ written: String) throws {
        #expect(try chat("\(Self.hello),\(members)") == #"{"model":"m",\#(Self.hello),"max_tokens":9\#(written)}"#)
    }
}
