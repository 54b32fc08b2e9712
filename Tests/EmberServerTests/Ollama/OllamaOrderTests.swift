import EmberCore
import Testing

@testable import EmberServer

/// Bodies of Ollama's API, and what becomes of them: written by hand, to the byte.
@Suite struct OllamaOrderTests {
    private let deployment = Deployment(
        models: [edgeModel("m", aliases: ["other"]), edgeModel("tagged:7b")], services: [ServiceSpec(name: "default")])

    private func order(_ form: OllamaForm, _ body: String) throws -> OllamaOrder {
        var body = body
        return try body.withUTF8 { try OllamaOrder($0, form, deployment) }
    }

    private func asked(_ form: OllamaForm, _ body: String) throws -> String {
        guard case .ask(let kind, let text) = try order(form, body).work else { return "nothing" }
        return "\(kind) \(String(buffer: text))"
    }

    private func problem(_ form: OllamaForm, _ body: String) -> APIError? {
        do { _ = try order(form, body) } catch { return error as? APIError }
        return nil
    }

    private static let streamed = #""model":"m","stream":true,"stream_options":{"include_usage":true}"#
    private static let hello = #""messages":[{"role":"user","content":"Hi"}]"#

    @Test func aChatStreamsUnlessItSaysOtherwise() throws {
        #expect(try asked(.chat, #"{"model":"m",\#(Self.hello)}"#) == "chat {\(Self.streamed),\(Self.hello)}")
        let whole = try asked(.chat, #"{"model":"m","stream":false,\#(Self.hello)}"#)
        #expect(whole == #"chat {"model":"m","stream":false,\#(Self.hello)}"#)
    }

    @Test func whatIsPassedOnKeepsItsBytes() throws {
        let tools =
            #"[{"type":"function","function":{"name":"f","parameters":{"z":1.50,"a":{"type":"string"}}}}]"#
        let schema = #"{"type":"object","properties":{"z":{},"a":{"maximum":1e400}}}"#
        let text = try asked(
            .chat,
            #"{"tools":\#(tools),"format":\#(schema),"model":"m","stream":false,"#
                + #""messages":[{"content":"caf\u00e9 \"x\"","role":"User"}]}"#)
        let expected =
            #"{"model":"m","stream":false,"messages":[{"role":"user","content":"caf\u00e9 \"x\""}],"tools":\#(tools),"#
            + #""response_format":{"type":"json_schema","json_schema":{"name":"format","schema":\#(schema)}}}"#
        #expect(text == "chat " + expected)
    }

    @Test func formatCanBeJSONAlone() throws {
        let text = try asked(.chat, #"{"model":"m","format":"json","stream":false,\#(Self.hello)}"#)
        #expect(text.hasSuffix(#","response_format":{"type":"json_object"}}"#))
        for none in ["null", "\"\""] {
            #expect(try !asked(.chat, #"{"model":"m","format":\#(none),\#(Self.hello)}"#).contains("response_format"))
        }
    }

    @Test func picturesBecomeParts() throws {
        let text = try asked(
            .chat,
            #"{"model":"m","stream":false,"messages":"#
                + #"[{"role":"user","content":"Look","images":["iVBORw0","\/9j\/4A"]}]}"#
        )
        let parts =
            #"[{"type":"text","text":"Look"},"#
            + #"{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORw0"}},"#
            + #"{"type":"image_url","image_url":{"url":"data:image/jpeg;base64,\/9j\/4A"}}]"#
        #expect(text == #"chat {"model":"m","stream":false,"messages":[{"role":"user","content":\#(parts)}]}"#)
        let alone = try asked(
            .generate, #"{"model":"m","prompt":"x","images":["R0lGO","data:image/webp;base64,UklG"]}"#)
        #expect(alone.contains(#"data:image/gif;base64,R0lGO"}}"#))
        #expect(alone.contains(#""url":"data:image/webp;base64,UklG"}"#))
    }

    @Test func callsOfToolsFindTheirResults() throws {
        let text = try asked(
            .chat,
            """
            {"model":"m","stream":false,"messages":[{"role":"user","content":"?"},
            {"role":"assistant","content":"","thinking":"hm","tool_calls":[
            {"function":{"name":"f","arguments":{"b":[1.0],"a":"x"}}},{"id":"own","function":{"name":"g"}}]},
            {"role":"tool","tool_name":"g","content":"2"},{"role":"tool","content":"1"}]}
            """)
        let calls =
            #"[{"id":"call_1","type":"function","function":{"name":"f","arguments":"{\"b\":[1.0],\"a\":\"x\"}"}},"#
            + #"{"id":"own","type":"function","function":{"name":"g","arguments":"{}"}}]"#
        let messages =
            #"[{"role":"user","content":"?"},"#
            + #"{"role":"assistant","content":"","reasoning_content":"hm","tool_calls":\#(calls)},"#
            + #"{"role":"tool","content":"2","tool_call_id":"own","name":"g"},"#
            + #"{"role":"tool","content":"1","tool_call_id":"call_1","name":"f"}]"#
        #expect(text == #"chat {"model":"m","stream":false,"messages":\#(messages)}"#)
    }

    @Test func optionsHaveTheEnginesNames() throws {
        let options =
            #"{"num_predict":8,"temperature":0.10,"top_k":20,"top_p":0.9,"min_p":0.0,"typical_p":0.7,"#
            + #""repeat_last_n":33,"repeat_penalty":1.2,"presence_penalty":1.5,"frequency_penalty":1.0,"#
            + #""seed":42,"mirostat":1,"mirostat_tau":0.8,"mirostat_eta":0.6,"num_keep":5,"stop":["\n","user:"],"#
            + #""num_gpu":1,"num_thread":8,"numa":false,"#
            + #""tfs_z":1,"penalize_newline":true,"unheard_of":{},"num_ctx":1024,"top_a":null}"#
        let text = try asked(.chat, #"{"model":"m","stream":false,\#(Self.hello),"options":\#(options)}"#)
        let expected =
            #""temperature":0.10,"top_k":20,"top_p":0.9,"min_p":0.0,"typical_p":0.7,"repeat_last_n":33,"#
            + #""repeat_penalty":1.2,"presence_penalty":1.5,"frequency_penalty":1.0,"seed":42,"mirostat":1,"#
            + #""mirostat_tau":0.8,"mirostat_eta":0.6,"n_keep":5,"max_tokens":8,"stop":["\n","user:"]}"#
        #expect(text == #"chat {"model":"m","stream":false,\#(Self.hello),\#(expected)"#)
        for endless in ["-1", "-2", "0"] {
            let text = try asked(.chat, #"{"model":"m",\#(Self.hello),"options":{"num_predict":\#(endless)}}"#)
            #expect(!text.contains("max_tokens"))
        }
    }

    @Test(arguments: [
        ("true", #""chat_template_kwargs":{"enable_thinking":true}"#),
        ("false", #""chat_template_kwargs":{"enable_thinking":false}"#),
        (
            "\"low\"",
            #""chat_template_kwargs":{"enable_thinking":true,"reasoning_effort":"low"},"reasoning_effort":"low""#
        ),
        (
            "\"max\"",
            #""chat_template_kwargs":{"enable_thinking":true,"reasoning_effort":"high"},"reasoning_effort":"high""#
        ),
    ])
    func thinkingIsTheTemplates(_ think: String, _ expected: String) throws {
        for form in [OllamaForm.chat, .generate] {
            let text = try asked(form, #"{"model":"m","prompt":"x",\#(Self.hello),"think":\#(think)}"#)
            #expect(text.hasSuffix(",\(expected)}"))
        }
    }

    @Test func likelihoods() throws {
        let body = #"{"model":"m","prompt":"x",\#(Self.hello),"logprobs":true,"top_logprobs":3"#
        #expect(try asked(.chat, body + "}").hasSuffix(#","logprobs":true,"top_logprobs":3}"#))
        #expect(try asked(.generate, body + #","raw":true}"#).hasSuffix(#","logprobs":3}"#))
        #expect(problem(.chat, #"{"model":"m",\#(Self.hello),"logprobs":true,"top_logprobs":21}"#) != nil)
    }

    // MARK: One prompt

    @Test func aPromptIsAChat() throws {
        let text = try asked(.generate, #"{"model":"m","prompt":"Why?","system":"Be brief.","stream":false}"#)
        let messages = #"[{"role":"system","content":"Be brief."},{"role":"user","content":"Why?"}]"#
        #expect(text == #"chat {"model":"m","stream":false,"messages":\#(messages)}"#)
    }

    @Test func aRawPromptIsACompletion() throws {
        let text = try asked(
            .generate,
            #"{"model":"m","prompt":"[INST] why?","raw":true,"format":"json","options":{"num_predict":3}}"#)
        let rest = #""prompt":"[INST] why?","json_schema":{"type":"object"},"max_tokens":3"#
        #expect(text == #"completions {\#(Self.streamed),\#(rest)}"#)
    }

    @Test(arguments: [
        (#""raw":true,"system":"x""#, "raw mode does not support"), (#""raw":true,"images":["iVBO"]"#, "images"),
        (#""suffix":"x""#, "does not support insert"), (#""template":"{{ .Prompt }}""#, "chat template"),
        (#""context":[1,2]"#, "/api/chat"), (#""raw":"yes""#, "true or false"), (#""system":["x"]"#, "a string"),
    ])
    func whatAPromptCannotHave(_ members: String, _ words: String) throws {
        let problem = try #require(self.problem(.generate, #"{"model":"m","prompt":"x",\#(members)}"#))
        #expect(problem.status == .badRequest)
        #expect(problem.message.contains(words))
    }

    @Test func emptyWishesAreNone() throws {
        let body =
            #"{"model":"m","prompt":"x","suffix":"","template":"","system":"","context":[],"images":[],"format":""}"#
        #expect(try asked(.generate, body) == #"chat {\#(Self.streamed),"messages":[{"role":"user","content":"x"}]}"#)
    }

    // MARK: Embeddings

    @Test func embeddings() throws {
        let many = try order(.embed, #"{"model":"m","input":["a","b"],"truncate":true,"dimensions":2}"#)
        #expect(many.dimensions == 2)
        #expect(!many.isStreaming)
        #expect(
            try asked(.embed, #"{"model":"m","input":["a","b"]}"#) == #"embeddings {"model":"m","input":["a","b"]}"#)
        #expect(try asked(.embed, #"{"model":"m","input":"a"}"#) == #"embeddings {"model":"m","input":"a"}"#)
        #expect(try asked(.embeddings, #"{"model":"m","prompt":"a"}"#) == #"embeddings {"model":"m","input":"a"}"#)
        #expect(problem(.embed, #"{"model":"m","input":[[1,2]]}"#)?.message.contains("array of strings") == true)
        #expect(problem(.embeddings, #"{"model":"m","prompt":["a"]}"#)?.status == .badRequest)
    }

    // MARK: Models, loads

    @Test(arguments: [
        ("m", "m"), ("m:latest", "m"), ("other:latest", "m"), ("tagged:7b", "tagged:7b"), ("tagged", "none"),
        ("m:7b", "none"), ("", "none"),
    ])
    func names(_ asked: String, _ meant: String) {
        let model = OllamaName(asked: asked).model(in: deployment)
        #expect(model.map { deployment[$0].name } ?? "none" == meant)
    }

    @Test func theModelIsCalledAsEmberKnowsIt() throws {
        let order = try order(.chat, #"{"name":"other:latest",\#(Self.hello)}"#)
        #expect(order.name.asked == "other:latest")
        #expect(try asked(.chat, #"{"name":"other:latest",\#(Self.hello)}"#).contains(#""model":"m""#))
    }

    @Test func unknownModels() throws {
        let problem = try #require(self.problem(.chat, #"{"model":"x",\#(Self.hello)}"#))
        #expect(problem.status == .notFound)
        #expect(problem.message == "model 'x' not found")
        #expect(self.problem(.chat, #"{\#(Self.hello)}"#)?.message == "model is required")
    }

    @Test func withoutAPromptTheModelIsLoadedOrUnloaded() throws {
        func work(_ form: OllamaForm, _ members: String) throws -> String {
            switch try order(form, #"{"model":"m"\#(members)}"#).work {
            case .load: "load"
            case .unload: "unload"
            case .ask: "ask"
            }
        }
        #expect(try work(.chat, "") == "load")
        #expect(try work(.chat, #","messages":[]"#) == "load")
        #expect(try work(.chat, #","messages":[],"keep_alive":0"#) == "unload")
        #expect(try work(.generate, #","prompt":"","keep_alive":"0s""#) == "unload")
        #expect(try work(.generate, #","keep_alive":-1"#) == "load")
        #expect(try work(.embed, #","input":[]"#) == "load")
        #expect(try work(.embeddings, #","prompt":"""#) == "load")
        #expect(try order(.chat, #"{"model":"m",\#(Self.hello),"keep_alive":0}"#).unloads)
        #expect(try !order(.chat, #"{"model":"m",\#(Self.hello),"keep_alive":"5m"}"#).unloads)
    }

    @Test(arguments: [
        ("300", OllamaKeepAlive.seconds(300)), ("0.5", .seconds(0.5)), ("-1", .forever), ("\"-1m\"", .forever),
        ("\"5m\"", .seconds(300)), ("\"1h30m\"", .seconds(5400)), ("\"1.5h\"", .seconds(5400)),
        ("\"300ms\"", .seconds(0.3)), ("\"0\"", .seconds(0)), ("\"10\"", .seconds(10)),
    ])
    func keepAlive(_ text: String, _ expected: OllamaKeepAlive) throws {
        var text = text
        let read = try text.withUTF8 { try OllamaKeepAlive($0[...]) }
        #expect(read == expected)
    }

    @Test(arguments: [
        #""keep_alive":"soon""#, #""keep_alive":"5""h""#, #""keep_alive":"5m3""#, #""keep_alive":true"#,
        #""keep_alive":"""#, #""stream":1"#, #""messages":{}"#, #""messages":[1]"#, #""messages":[{"content":"x"}]"#,
        #""messages":[{"role":"user","content":["x"]}]"#,
        #""messages":[{"role":"user","content":"x","images":["http://x/y.png"]}]"#,
        #""messages":[{"role":"user","content":"x","images":"iVBO"}]"#,
        #""messages":[{"role":"assistant","tool_calls":[{"name":"f"}]}]"#,
        #""tools":{}"#, #""think":"deep""#, #""format":"yaml""#, #""format":7"#, #""options":[]"#,
        #""options":{"temperature":"hot"}"#, #""options":{"stop":1}"#, #""options":{"num_predict":"many"}"#,
    ])
    func wrongMembersAreNamed(_ member: String) throws {
        let problem = try #require(self.problem(.chat, #"{"model":"m",\#(Self.hello),\#(member)}"#))
        #expect(problem.status == .badRequest)
        #expect(!problem.message.isEmpty)
    }

    @Test(arguments: ["", "x", "[]", #"{"model":"m""#, #"{"model":7}"#])
    func whatIsNoJSONObjectIsRefused(_ body: String) {
        for form in OllamaForm.allCases { #expect(problem(form, body)?.status == .badRequest) }
    }
}
