import EmberCore

/// A body of Ollama's API as one of OpenAI's, with llama.cpp's names for what OpenAI's has none for.
struct OllamaTranslation {
    let body: JSONMembers
    let options: OllamaOptions?
    /// Ember's for the model.
    let name: String
    let isStreaming: Bool

    /// nil where nothing is asked: the model is to be loaded, or unloaded.
    func translated(_ form: OllamaForm) throws -> (RequestKind, [UInt8])? {
        switch form {
        case .chat: try chat().map { (.chat, $0) }
        case .generate: try generate()
        case .embed: try embeddings(of: body["input"], "input").map { (.embeddings, $0) }
        case .embeddings: try embeddings(of: body["prompt"], "prompt").map { (.embeddings, $0) }
        }
    }

    private func chat() throws -> [UInt8]? {
        guard let messages = body["messages"] else { return nil }
        guard messages.isArray else { throw APIError.wrongType("messages", "an array") }
        guard try !messages.elements().isEmpty else { return nil }
        var text = begun()
        text.add("messages", json: try OllamaMessages.translated(messages))
        if let tools = body["tools"] {
            guard tools.isArray else { throw APIError.wrongType("tools", "an array") }
            if try !tools.elements().isEmpty { text.add("tools", json: tools) }
        }
        try addFormat(to: &text)
        try addThinking(to: &text)
        try addRest(to: &text)
        return text.bytes
    }

    // MARK: One prompt

    private func generate() throws -> (RequestKind, [UInt8])? {
        let isRaw = try bool("raw") ?? false
        for name in ["prompt", "system", "template", "suffix"] {
            if let value = body[name], !value.isString { throw APIError.wrongType(name, "a string") }
        }
        if let problem = try refusal(isRaw) { throw problem }
        guard let prompt = body["prompt"], !prompt.isBlank else { return nil }
        var text = begun()
        if isRaw {
            text.add("prompt", json: prompt)
            if let format = body["format"], !format.isBlank {
                text.add("json_schema", json: try isSchema(format) ? Array(format) : Array(#"{"type":"object"}"#.utf8))
            }
        } else {
            text.add(
                "messages",
                json: try OllamaMessages.of(prompt: prompt, system: body["system"], images: body["images"]))
            try addFormat(to: &text)
            try addThinking(to: &text)
        }
        try addRest(to: &text, asCount: isRaw)
        return (isRaw ? .completions : .chat, text.bytes)
    }

    /// What a prompt cannot have here.
    private func refusal(_ isRaw: Bool) throws -> APIError? {
        let isGiven = { (name: String) in body[name].map { !$0.isBlank } ?? false }
        let hasContext = try body["context"].map { try !$0.isArray || !$0.elements().isEmpty } ?? false
        if isRaw, hasContext || isGiven("template") || isGiven("system") {
            return .invalidRequest("raw mode does not support template, system, or context", param: "raw")
        }
        if isRaw, let images = body["images"], try !images.isArray || !images.elements().isEmpty {
            return .invalidRequest("raw mode does not support images: leave out 'raw'", param: "images")
        }
        if isGiven("suffix") {
            return .invalidRequest("\"\(name)\" does not support insert ('suffix')", param: "suffix")
        }
        if isGiven("template") {
            return .invalidRequest(
                "'template' is not taken from a request: the model's own chat template is applied. Write the whole "
                    + "prompt yourself with \"raw\": true.", param: "template")
        }
        guard hasContext else { return nil }
        return .invalidRequest(
            "'context' is not kept: send the conversation's messages to /api/chat.", param: "context")
    }

    // MARK: Embeddings

    private func embeddings(of value: JSONMembers.Value?, _ key: String) throws -> [UInt8]? {
        guard let value, !value.isBlank else { return nil }
        let isList = value.isArray && key == "input"
        guard value.isString || isList else { throw APIError.wrongType(key, "a string, or an array of strings") }
        if isList {
            let texts = try value.elements()
            guard texts.allSatisfy(\.isString) else { throw APIError.wrongType(key, "an array of strings") }
            guard !texts.isEmpty else { return nil }
        }
        var text = JSONObjectText()
        text.add("model", name)
        text.add("input", json: value)
        return text.bytes
    }

    // MARK: Members that several have

    private func begun() -> JSONObjectText {
        var text = JSONObjectText()
        text.add("model", name)
        text.add("stream", isStreaming)
        // The counts of the last line.
        if isStreaming { text.add("stream_options", json: #"{"include_usage":true}"#.utf8) }
        return text
    }

    private func bool(_ key: String) throws -> Bool? {
        guard let value = body[key] else { return nil }
        guard let bool = value.bool else { throw APIError.wrongType(key, "true or false") }
        return bool
    }

    /// Whether the answer's format is a schema; else it is "json".
    private func isSchema(_ format: JSONMembers.Value) throws -> Bool {
        if format.isObject { return true }
        guard format.string == "json" else {
            throw APIError.wrongType("format", "\"json\" or a JSON schema")
        }
        return false
    }

    private func addFormat(to text: inout JSONObjectText) throws {
        guard let format = body["format"], !format.isBlank else { return }
        guard try isSchema(format) else {
            return text.add("response_format", json: #"{"type":"json_object"}"#.utf8)
        }
        var schema = JSONObjectText()
        schema.add("name", "format")
        schema.add("schema", json: format)
        var wish = JSONObjectText()
        wish.add("type", "json_schema")
        wish.add("json_schema", json: schema.bytes)
        text.add("response_format", json: wish.bytes)
    }

    /// Templates know two names for it: whether to think, and how much. Servers elsewhere know the second as a member
    /// of the request.
    private func addThinking(to text: inout JSONObjectText) throws {
        guard let think = body["think"] else { return }
        if let thinks = think.bool {
            return text.add("chat_template_kwargs", json: #"{"enable_thinking":\#(thinks)}"#.utf8)
        }
        guard let level = think.string, ["low", "medium", "high", "max"].contains(level) else {
            throw APIError.wrongType("think", "true, false, \"low\", \"medium\", \"high\" or \"max\"")
        }
        // Templates with levels have no more than three.
        let effort = level == "max" ? "high" : level
        text.add(
            "chat_template_kwargs", json: #"{"enable_thinking":true,"reasoning_effort":"\#(effort)"}"#.utf8)
        text.add("reasoning_effort", effort)
    }

    /// - Parameter asCount: the path takes the number of likely tokens in the place of the wish.
    private func addRest(to text: inout JSONObjectText, asCount: Bool = false) throws {
        try options?.write(to: &text)
        guard try bool("logprobs") ?? false else { return }
        let most = try body["top_logprobs"].map { value in
            guard let count = value.integer, (0...20).contains(count) else {
                throw APIError.wrongType("top_logprobs", "a number between 0 and 20")
            }
            return count
        }
        if asCount { return text.add("logprobs", max(1, most ?? 0)) }
        text.add("logprobs", true)
        if let most, most > 0 { text.add("top_logprobs", most) }
    }
}
