/// How a request's prompt is written, by the path that it is posted to.
public enum PromptFormat: Sendable, Hashable {
    /// OpenAI's chat: `messages`.
    case chat
    /// OpenAI's completions: `prompt`, one text.
    case completion
    /// Anthropic's: `messages`, with the system prompt apart.
    case messages
    /// OpenAI's responses: `input`, a text or a list of items.
    case responses

    /// nil for paths that answer no prompt, such as embeddings.
    public init?(path: String) {
        switch path {
        case "/v1/chat/completions": self = .chat
        case "/v1/completions": self = .completion
        case "/v1/messages": self = .messages
        case "/v1/responses": self = .responses
        default: return nil
        }
    }

    /// The member of the body that holds the prompt.
    var key: String {
        switch self {
        case .chat, .messages: "messages"
        case .completion: "prompt"
        case .responses: "input"
        }
    }

    /// Members that bound the tokens of an answer; the first is the usual one.
    var answerBounds: [String] {
        switch self {
        case .chat: ["max_tokens", "max_completion_tokens"]
        case .completion, .messages: ["max_tokens"]
        case .responses: ["max_output_tokens"]
        }
    }

    /// Members that bring into the prompt what the upstream keeps.
    var references: [String] {
        self == .responses ? ["previous_response_id", "conversation", "prompt"] : []
    }

    /// Whether llama-server lets such a request say on which slot it runs.
    public var canChooseSlot: Bool { self != .messages }
}
