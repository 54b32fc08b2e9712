public import EmberCore

extension RequestKind {
    /// How its prompt is written; nil for those that answer no prompt, such as embeddings.
    public var format: PromptFormat? {
        switch self {
        case .chat: .chat
        case .completions: .completion
        case .responses: .responses
        case .messages: .messages
        case .countTokens, .embeddings, .rerank: nil
        }
    }

    /// The member of the body that holds the prompt, or the texts.
    public var promptKey: StaticString {
        switch self {
        case .chat, .messages, .countTokens: "messages"
        case .completions: "prompt"
        case .responses, .embeddings: "input"
        case .rerank: "documents"
        }
    }

    /// The member that stands for it in llama.cpp's own spelling.
    var otherPromptKey: StaticString? {
        switch self {
        case .embeddings: "content"
        case .rerank: "texts"
        default: nil
        }
    }

    /// The member that usually bounds the tokens of an answer; nil: there are no such.
    var usualBound: StaticString? {
        switch self {
        case .chat, .completions, .messages: "max_tokens"
        case .responses: "max_output_tokens"
        case .countTokens, .embeddings, .rerank: nil
        }
    }

    /// Another member that does the same.
    var otherBound: StaticString? { self == .chat ? "max_completion_tokens" : nil }

    /// The member that holds a system prompt by itself.
    var instructionsKey: StaticString? {
        switch self {
        case .messages, .countTokens: "system"
        case .responses: "instructions"
        default: nil
        }
    }
}
