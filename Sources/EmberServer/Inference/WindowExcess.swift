import EmberContext
import EmberCore

/// A prompt that does not fit the window of one request, by Ember's bounds or by an engine's count: one error, in the
/// words and with the code that clients look for.
struct WindowExcess: Equatable {
    let bounds: TokenBounds
    /// Tokens.
    let window: Int
    let kind: RequestKind?

    /// OpenAI's.
    static let code = "context_length_exceeded"

    var param: String? { kind?.promptParam }

    /// The message, with the arithmetic where the number is a bound.
    ///
    /// - Parameter longestToken: how many visible bytes the longest token has that `bounds` were computed with, and of
    ///   which model
    ///   it is.
    func words(longestToken: (bytes: Int, model: String)? = nil) -> String {
        let number = bounds.exact.map(String.init) ?? "at least \(bounds.lower)"
        let beginning =
            kind == .messages
            ? "prompt is too long: \(number) tokens > \(window) maximum"
            : "This model's maximum context length is \(window) tokens, and the request has \(number)"
        let arithmetic = arithmetic(longestToken)
        return beginning + (arithmetic.isEmpty ? "" : " (\(arithmetic))")
            + ". Shorten it, or raise the model's context."
    }

    private func arithmetic(_ longestToken: (bytes: Int, model: String)?) -> String {
        guard let text = bounds.text else { return "" }
        var parts: [String] = []
        if text.tokens > 0 {
            let isChat = kind == .chat || kind == .messages || kind == .responses
            parts.append("\(text.tokens) " + (isChat ? "for the messages" : "given"))
        }
        if let longestToken, text.visibleBytes > 0 {
            parts.append(
                "\(text.visibleBytes) bytes of text without white space / \(longestToken.bytes), the longest token of"
                    + " '\(longestToken.model)'"
            )
        }
        return parts.joined(separator: " + ")
    }
}

extension ErrorObject {
    /// An engine refuses a prompt that it has counted: the same message as Ember's own refusal, with the engine's
    /// other members.
    func tellingExcess(_ kind: RequestKind?) -> ErrorObject {
        guard let (tokens, window) = countedExcess else { return self }
        let excess = WindowExcess(bounds: TokenBounds(counted: tokens), window: window, kind: kind)
        var error = self
        error.become(
            message: excess.words(), param: excess.param, code: WindowExcess.code)
        return error
    }
}
