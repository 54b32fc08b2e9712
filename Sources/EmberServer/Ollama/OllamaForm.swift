import EmberCore

/// How one of Ollama's paths of inference is asked and answered.
enum OllamaForm: Sendable, Equatable, CaseIterable {
    /// /api/chat: messages.
    case chat
    /// /api/generate: one prompt.
    case generate
    /// /api/embed: one text or several.
    case embed
    /// /api/embeddings: one text, as older clients ask.
    case embeddings

    var path: String {
        switch self {
        case .chat: "/api/chat"
        case .generate: "/api/generate"
        case .embed: "/api/embed"
        case .embeddings: "/api/embeddings"
        }
    }

    /// Whether an answer comes as it is written, where the request does not say otherwise.
    var streams: Bool { self == .chat || self == .generate }
}
