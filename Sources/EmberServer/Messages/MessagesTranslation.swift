import EmberContext
import EmberCore

/// A request in the form of Anthropic's messages as a chat of OpenAI's, with llama.cpp's names for what OpenAI's has
/// none for.
struct MessagesTranslation {
    /// Of the chat.
    let body: [UInt8]
    /// How its answers become messages again.
    let answer: MessagesAnswer

    /// - Parameters:
    ///   - bytes: checked to be a request for messages by `RequestShape`.
    ///   - isForLlamaServer: whether the engine knows llama.cpp's own members.
    /// - Throws: `APIError` for what a chat cannot ask.
    init(_ bytes: UnsafeBufferPointer<UInt8>, isForLlamaServer: Bool) throws {
        let asked = try JSONMembers(bytes)
        let stops = try Self.stops(asked["stop_sequences"])
        answer = MessagesAnswer(stopSequences: stops)
        var text = JSONObjectText()
        if let model = asked["model"] { text.add("model", json: model) }
        guard let messages = asked["messages"], messages.isArray else {
            throw APIError.wrongType("messages", "a list of messages")
        }
        text.add("messages", json: try MessagesTurns.translated(messages, system: asked["system"]))
        try MessagesTools(asked).write(to: &text)
        try Self.addBounds(of: asked, to: &text)
        try Self.addThinking(of: asked, to: &text, isForLlamaServer)
        if asked["stream"]?.bool == true { Self.addStream(to: &text, isForLlamaServer) }
        if isForLlamaServer, !stops.isEmpty {
            // Which of them has ended the answer is otherwise not said.
            text.add("verbose", true)
            text.add("response_fields", json: #"["stopping_word"]"#.utf8)
        }
        body = text.bytes
    }

    private static func stops(_ value: JSONMembers.Value?) throws -> [String] {
        guard let value else { return [] }
        let texts = value.isArray ? try value.elements().map(\.string) : [nil]
        guard !texts.contains(nil) else {
            throw APIError.wrongType("stop_sequences", #"a list of strings, such as ["END"]"#)
        }
        return texts.compactMap(\.self)
    }

    private static func addBounds(of asked: JSONMembers, to text: inout JSONObjectText) throws {
        guard let most = asked["max_tokens"] else {
            throw APIError.invalidRequest(
                "max_tokens: Field required. Write how many tokens the answer may have, such as \"max_tokens\": 1024.",
                param: "max_tokens")
        }
        text.add("max_tokens", json: most)
        if let stops = asked["stop_sequences"] { text.add("stop", json: stops) }
        let numbers: [StaticString] = ["temperature", "top_p", "top_k"]
        for name in numbers {
            guard let value = asked["\(name)"] else { continue }
            guard value.isNumber else { throw APIError.wrongType("\(name)", "a number") }
            text.add(name, json: value)
        }
    }

    /// A budget, or no thoughts at all; otherwise the engine's and the template's own way holds.
    private static func addThinking(
        of asked: JSONMembers, to text: inout JSONObjectText, _ isForLlamaServer: Bool
    ) throws {
        let template = asked["chat_template_kwargs"]
        if let template { text.add("chat_template_kwargs", json: template) }
        guard let value = asked["thinking"] else { return }
        guard value.isObject, case let thinking = try JSONMembers(value), let type = thinking["type"]?.string else {
            throw APIError.wrongType("thinking", #"an object such as {"type": "enabled", "budget_tokens": 1024}"#)
        }
        if type == "disabled", template == nil {
            text.add("chat_template_kwargs", json: #"{"enable_thinking":false}"#.utf8)
        }
        guard type == "enabled", isForLlamaServer else { return }
        let budget = thinking["budget_tokens"]
        guard budget == nil || budget?.integer != nil else {
            throw APIError.wrongType("thinking.budget_tokens", "a number of tokens")
        }
        text.add("thinking_budget_tokens", budget?.integer ?? usualBudget)
    }

    /// llama-server's.
    private static let usualBudget = 10_000

    /// The answer's first event says how many tokens the prompt has, and its last one how many the answer.
    private static func addStream(to text: inout JSONObjectText, _ isForLlamaServer: Bool) {
        text.add("stream", true)
        text.add("stream_options", json: #"{"include_usage":true}"#.utf8)
        if isForLlamaServer { text.add("timings_per_token", true) }
    }
}
