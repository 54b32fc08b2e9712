/// What a path is asked for.
public enum RequestKind: String, Codable, Sendable, CaseIterable {
    case chat
    case completions
    case responses
    case messages
    case countTokens = "count_tokens"
    case embeddings
    case rerank

    public var path: String {
        switch self {
        case .chat: "/v1/chat/completions"
        case .completions: "/v1/completions"
        case .responses: "/v1/responses"
        case .messages: "/v1/messages"
        case .countTokens: "/v1/messages/count_tokens"
        case .embeddings: "/v1/embeddings"
        case .rerank: "/v1/rerank"
        }
    }
}
