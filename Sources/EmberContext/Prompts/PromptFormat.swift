/// How a request's prompt is written.
public enum PromptFormat: Sendable, Hashable {
    /// OpenAI's chat: `messages`.
    case chat
    /// OpenAI's completions: `prompt`, one text.
    case completion
    /// Anthropic's: `messages`, with the system prompt apart.
    case messages
    /// OpenAI's responses: `input`, a text or a list of items.
    case responses

    /// Whether llama-server lets such a request say on which slot it runs.
    public var canChooseSlot: Bool { self != .messages }
}
