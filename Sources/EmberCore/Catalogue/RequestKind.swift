/// What a path is asked for.
public enum RequestKind: String, Codable, Sendable, CaseIterable {
    case chat
    case completions
    case responses
    case messages
    case countTokens = "count_tokens"
    case embeddings
    case rerank

    /// nil: nothing is asked for there.
    public init?(path: String) {
        guard let kind = Self.allCases.first(where: { $0.path == path }) else { return nil }
        self = kind
    }

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
