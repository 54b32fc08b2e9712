import EmberCore
import Testing

@testable import EmberContext

/// JSON that no engine takes: llama-server answers 500 to most of it.
@Suite struct BodyProblemTests {
    private func said(_ message: String) -> String { #"{"messages":[{"role":"user","content":"a"},\#(message)]}"# }

    @Test(arguments: [
        #"{"content":"a"}"#, #"{"role":null,"content":"a"}"#, #"{"role":7,"content":"a"}"#, #"{"role":"user"}"#, "7",
        "null",
        #"{"role":"user","content":7}"#, #"{"role":"user","content":{}}"#,
        #"{"role":"user","content":[{"type":"text"}]}"#,
        #"{"role":"user","content":[{"type":"text","text":7}]}"#, #"{"role":"user","content":["a"]}"#,
        #"{"role":"assistant","tool_calls":"x"}"#,
        #"{"role":"assistant","tool_calls":[7]}"#, #"{"role":"assistant","tool_calls":[{}]}"#,
        #"{"role":"assistant","tool_calls":[{"type":"function","function":{"name":"f"}}]}"#,
    ])
    func messages(_ message: String) {
        let found = problem(said(message))
        #expect(found?.param == "messages[1]", "\(message)")
        #expect(found?.message.contains("messages[1]") == true)
    }

    @Test(arguments: [
        #"{"role":"user","content":"a"}"#, #"{"role":"wizard","content":""}"#, #"{"role":"assistant","content":null}"#,
        #"{"role":"assistant","tool_calls":[{"type":"function","id":"1","function":{"name":"f","arguments":"{}"}}]}"#,
        #"{"role":"assistant"}"#, #"{"role":"user","content":[]}"#, #"{"role":"user","content":"a","name":null}"#,
        #"{"role":"user","content":[{"type":"unheard of"}]}"#, #"{"role":"tool","content":"1","tool_call_id":"1"}"#,
    ])
    func messagesThatAreWell(_ message: String) { #expect(problem(said(message)) == nil) }

    private func call(_ call: String) -> String { said(#"{"role":"assistant","tool_calls":[\#(call)]}"#) }

    /// What llama-server answers with an error of its own, and others may take.
    @Test(arguments: [
        (#"{"type":"function","id":"1","function":{"name":"f","arguments":""}}"#, false),
        (#"{"type":"function","function":{"name":"f","arguments":{}}}"#, false),
        (#"{"type":"function","id":7,"function":{"name":"f","arguments":""}}"#, true),
        (#"{"type":"function","id":null,"function":{"name":"f","arguments":""}}"#, true),
        (#"{"id":[],"function":{"name":"f","arguments":""},"type":"function"}"#, true),
        (#"{"type":"custom","id":"1","function":{"name":"f","arguments":""}}"#, true),
    ])
    func whatOnlySomeEnginesTake(_ text: String, _ isOnlyEngines: Bool) throws {
        let read = try shape(call(text))
        #expect(read.problem == nil)
        #expect((read.engineProblem?.param == "messages[1]") == isOnlyEngines, "\(text)")
        #expect((read.engineProblem == nil) != isOnlyEngines)
    }

    /// The last of equal keys counts, so a later one makes up for what was wrong with the first.
    @Test(arguments: [
        ("tools", "7", "[]"), ("tools", #"[{"type":"function"}]"#, "null"), ("stream", "7", "true"),
        ("max_tokens", "\"7\"", "7"), ("messages", "7", #"[{"role":"user","content":"a"}]"#),
    ])
    func aLaterMemberMakesUpForTheFirst(_ key: String, _ bad: String, _ good: String) throws {
        let rest = key == "messages" ? "" : #","messages":[{"role":"user","content":"a"}]"#
        let badLast = #"{"\#(key)":\#(good),"\#(key)":\#(bad)\#(rest)}"#
        #expect(problem(badLast)?.param?.hasPrefix(key) == true, "\(badLast)")
        let goodLast = #"{"\#(key)":\#(bad),"\#(key)":\#(good)\#(rest)}"#
        #expect(problem(goodLast) == nil, "\(goodLast)")
    }

    @Test(arguments: [
        ("0", true), ("5", true), ("999999999", true), ("null", true), ("1000000000", false), ("-1", false),
        ("1.5", false), ("\"3\"", false), ("true", false), ("[]", false),
    ])
    func howManyAreRanked(_ count: String, _ isGood: Bool) {
        let body = #"{"query":"q","documents":["a"],"top_n":\#(count)}"#
        #expect((problem(body, .rerank) == nil) == isGood)
        if !isGood { #expect(problem(body, .rerank)?.param == "top_n") }
    }

    @Test(arguments: [
        #"{"messages":[]}"#, #"{"messages":7}"#, #"{"messages":"Hello"}"#, #"{"messages":{}}"#, #"{"messages":null}"#,
    ])
    func messagesThatAreNoList(_ text: String) {
        for kind in [RequestKind.chat, .messages, .countTokens] { #expect(problem(text, kind)?.param == "messages") }
    }

    @Test(arguments: [
        "null", "7", "true", "{}", "[]", "[null]", "[{}]", "[1.5]", #"["a",null]"#, #"["a",true]"#, "[[1.5]]",
        "[[null]]",
    ])
    func textsThatAreNone(_ value: String) {
        #expect(problem(#"{"input":\#(value)}"#, .embeddings)?.param == "input")
        #expect(problem(#"{"prompt":\#(value)}"#, .completions)?.param == "prompt")
        #expect(problem(#"{"query":"a","documents":\#(value)}"#, .rerank)?.param == "documents")
    }

    @Test func textsThatAreWell() throws {
        for value in [#""""#, #""a""#, #"["a"]"#, "[1,2]", "[[1],[2,3]]", #"[1,"a"]"#, #"{"prompt_string":"a"}"#] {
            #expect(problem(#"{"input":\#(value)}"#, .embeddings) == nil, "\(value)")
            #expect(problem(#"{"prompt":\#(value)}"#, .completions) == nil, "\(value)")
        }
        #expect(problem(#"{"query":"a","documents":["a",{"text":"b"}]}"#, .rerank) == nil)
        #expect(problem(#"{"query":7,"documents":["a"]}"#, .rerank)?.param == "query")
        #expect(problem(#"{"input":"a","encoding_format":7}"#, .embeddings)?.param == "encoding_format")
        #expect(problem(#"{"input":"a","encoding_format":"base64"}"#, .embeddings) == nil)
        #expect(try shape("{}").engineProblem?.param == "messages")
        #expect(try shape("{}", .embeddings).engineProblem?.param == "input")
        #expect(try shape(#"{"content":"a"}"#, .embeddings).engineProblem == nil)
        #expect(try shape(#"{"documents":["a"]}"#, .rerank).engineProblem?.param == "query")
    }

    @Test(arguments: [
        "7", "{}", "[7]", "[{}]", #"[{"type":7}]"#, #"[{"type":"function"}]"#, #"[{"type":"function","function":{}}]"#,
    ])
    func toolsThatAreNone(_ tools: String) {
        #expect(problem(#"{"tools":\#(tools)}"#)?.param?.hasPrefix("tools") == true)
    }

    @Test func toolsThatAreWell() {
        #expect(problem(#"{"tools":null}"#) == nil)
        #expect(problem(#"{"tools":[{"type":"function","function":{"name":"f"}},{"type":"custom"}]}"#) == nil)
        #expect(problem(#"{"tools":[{"type":"function","name":"f"}]}"#, .responses) == nil)
        #expect(problem(#"{"tools":[{"name":"f","input_schema":{}}]}"#, .messages) == nil)
    }

    @Test(arguments: [#""true""#, "1", "{}", "[true]"]) func aStreamThatIsNeitherTrueNorFalse(_ value: String) {
        #expect(problem(#"{"stream":\#(value)}"#)?.param == "stream")
    }

    @Test func listsHaveBounds() {
        func list(_ count: Int, _ element: String) -> String {
            Array(repeating: element, count: count).joined(separator: ",")
        }
        let message = #"{"role":"user","content":"a"}"#
        #expect(problem(#"{"messages":[\#(list(BodyBounds.messages, message))]}"#) == nil)
        #expect(problem(#"{"messages":[\#(list(BodyBounds.messages + 1, message))]}"#)?.kind == .tooMany)
        #expect(problem(#"{"input":[\#(list(2048, #""a""#))]}"#, .embeddings) == nil)
        #expect(problem(#"{"input":[\#(list(2049, #""a""#))]}"#, .embeddings)?.kind == .tooMany)
        #expect(problem(#"{"prompt":[\#(list(5000, "1"))]}"#, .completions) == nil)
        #expect(problem(#"{"query":"a","documents":[\#(list(2049, #""a""#))]}"#, .rerank)?.kind == .tooMany)
        #expect(problem(#"{"tools":[\#(list(1025, #"{"type":"x"}"#))]}"#)?.kind == .tooMany)
    }
}
