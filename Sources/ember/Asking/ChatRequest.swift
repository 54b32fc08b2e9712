/// What a model is asked, in the form of OpenAI's API.
struct ChatRequest: Encodable {
    var model: String
    var messages: [ChatMessage]
    var maxTokens: Int?
    var temperature: Double?
    private let stream = true

    init(model: String, messages: [ChatMessage], _ options: AskOptions) {
        (self.model, self.messages) = (model, messages)
        (maxTokens, temperature) = (options.maxTokens, options.temperature)
    }
}

/// One turn of a conversation.
struct ChatMessage: Encodable {
    enum Role: String, Encodable { case system, user, assistant }

    var role: Role
    var text: String
    var pictures: [Picture] = []

    private enum Key: String, CodingKey { case role, content }

    private struct Part: Encodable {
        struct Link: Encodable { var url: String }
        var type: String
        var text: String?
        var imageUrl: Link?
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(role, forKey: .role)
        guard !pictures.isEmpty else { return try container.encode(text, forKey: .content) }
        let shown = pictures.map { Part(type: "image_url", imageUrl: .init(url: $0.url)) }
        try container.encode(shown + [Part(type: "text", text: text)], forKey: .content)
    }
}
