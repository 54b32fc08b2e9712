/// What of a prompt bounds the number of its tokens from below, whatever template and tokenizer do with it.
///
/// Templates may trim white space, leave out what assistants thought and what tools said, and put system prompts into
/// other messages. None of that counts.
public struct PromptMeasure: Sendable, Equatable {
    /// Of one text that has to fit by itself.
    public struct Text: Sendable, Equatable {
        /// Tokens that it is certain to have beside those of its bytes: one for the marks of each message, or those it
        /// is written in.
        public var tokens = 0
        /// Bytes of text that become tokens; see `JSONText.visibleBytes`.
        public var visibleBytes = 0
    }

    /// The text that has most visible bytes, and the one that has most tokens: of a prompt that is one they are the
    /// same.
    public private(set) var longest = Text()
    public private(set) var mostTokens = Text()
    public private(set) var needsPictures = false
    public private(set) var needsSound = false
    /// Messages, items or texts, as they stand there.
    public private(set) var count = 0

    mutating func add(_ text: Text) {
        if text.visibleBytes > longest.visibleBytes { longest = text }
        if text.tokens > mostTokens.tokens { mostTokens = text }
    }

    mutating func addOne() { count += 1 }

    /// All of it was one text.
    mutating func becomeOne(_ text: Text) { (longest, mostTokens, count) = (text, text, 1) }

    mutating func addPicture() { needsPictures = true }
    mutating func addSound() { needsSound = true }
}

/// The number of tokens of a prompt, as far as it is known. The one place that computes it.
public struct TokenBounds: Sendable, Equatable {
    /// The prompt has at least this many tokens.
    public let lower: Int
    /// The exact number, once an engine has counted it.
    public let exact: Int?
    /// The text that `lower` was computed from; nil where an engine has counted.
    public let text: PromptMeasure.Text?

    /// - Parameter longestToken: the visible bytes of the longest token; nil: nothing follows from bytes.
    public init(_ measure: PromptMeasure, longestToken: Int?) {
        let (first, second) = (measure.longest, measure.mostTokens)
        let bounds = (Self.lower(first, longestToken), Self.lower(second, longestToken))
        (lower, text) = bounds.0 >= bounds.1 ? (bounds.0, first) : (bounds.1, second)
        exact = nil
    }

    /// - Parameter tokens: what an engine's own tokenizer has counted.
    public init(counted tokens: Int) {
        lower = tokens
        exact = tokens
        text = nil
    }

    /// The upper bound. A token stands for a byte at least, as tokenizers fall back to bytes; and the marks that a
    /// template puts around a message, a few tokens, take the place of its JSON, which has 25 bytes beside the role and
    /// the text (`{"role":"","content":""},`). A system prompt that a template adds of its own is not counted.
    ///
    /// - Parameter bodyBytes: of the whole body. What the body only refers to is not counted.
    public static func upper(bodyBytes: Int) -> Int { bodyBytes }

    /// The upper bound with what templates add of their own: the longest system prompts of those known have 400 tokens.
    ///
    /// - Parameter bodyBytes: of the whole body. What the body only refers to, and pictures and sound, are not counted.
    public static func upperWithTemplate(bodyBytes: Int) -> Int { upper(bodyBytes: bodyBytes) + 512 }

    private static func lower(_ text: PromptMeasure.Text, _ longestToken: Int?) -> Int {
        guard let longestToken, longestToken > 0 else { return text.tokens }
        return text.tokens + (text.visibleBytes + longestToken - 1) / longestToken
    }
}
