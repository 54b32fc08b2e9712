import EmberCore

@testable import EmberContext

extension PromptFormat {
    fileprivate var kind: RequestKind {
        switch self {
        case .chat: .chat
        case .completion: .completions
        case .messages: .messages
        case .responses: .responses
        }
    }
}

extension PromptBody {
    /// As the server reads it; nil where the body is none.
    init?(_ bytes: [UInt8], format: PromptFormat) {
        guard let shape = try? RequestShape(bytes, kind: format.kind) else { return nil }
        self.init(bytes, shape)
    }
}

extension AnswerBounds {
    init?(_ bytes: [UInt8], format: PromptFormat) {
        guard let shape = try? RequestShape(bytes, kind: format.kind) else { return nil }
        self = shape.bounds
    }
}

/// The walk over a body, and what is wrong with it.
func problem(_ text: String, _ kind: RequestKind? = .chat) -> BodyProblem? { problem(Array(text.utf8), kind) }

func problem(_ bytes: [UInt8], _ kind: RequestKind? = .chat) -> BodyProblem? {
    do throws(BodyProblem) { return try RequestShape(bytes, kind: kind).problem } catch { return error }
}

func shape(_ text: String, _ kind: RequestKind? = .chat) throws -> RequestShape {
    try RequestShape(Array(text.utf8), kind: kind)
}
