import EmberContext

/// What an event of a stream, or a whole answer, says in the form of OpenAI's chats and completions.
struct ChatPiece: Sendable {
    /// Literals, as they stand there; nil: nothing, or nothing new.
    private(set) var content: [UInt8]?
    private(set) var thinking: [UInt8]?
    private(set) var likelihoods: [UInt8]?
    private(set) var calls: [CallPart] = []
    private(set) var finish: String?
    /// The text that has ended the answer, where llama-server was asked for it.
    private(set) var stoppingWord: String?
    private(set) var counts = ChatCounts()
    /// Whose answer it is, and of which model; literals.
    private(set) var id: [UInt8]?
    private(set) var model: [UInt8]?

    /// A tool call, or what has come of it.
    struct CallPart: Sendable {
        /// Which of the answer's calls it is.
        let place: Int
        let id: String?
        let name: String?
        let arguments: String?
    }

    /// - Throws: where it is no JSON object.
    init(_ bytes: UnsafeBufferPointer<UInt8>) throws {
        let answer = try JSONMembers(bytes)
        counts = try ChatCounts(usage: answer["usage"], timings: answer["timings"])
        (id, model) = (answer["id"].flatMap(Self.literal), answer["model"].flatMap(Self.literal))
        if let verbose = answer["__verbose"], verbose.isObject {
            stoppingWord = try JSONMembers(verbose)["stopping_word"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        }
        guard let choices = answer["choices"], choices.isArray, let first = try choices.elements().first,
            first.isObject
        else { return }
        let choice = try JSONMembers(first)
        finish = choice["finish_reason"]?.string
        if let logprobs = choice["logprobs"], logprobs.isObject { try takeLikelihoods(JSONMembers(logprobs)) }
        if let text = choice["text"] { content = Self.literal(text) }
        guard let message = choice["delta"] ?? choice["message"], message.isObject else { return }
        try take(JSONMembers(message))
    }

    private mutating func take(_ message: JSONMembers) throws {
        content = message["content"].flatMap(Self.literal)
        // Servers have two names for it.
        thinking = (message["reasoning_content"] ?? message["reasoning"]).flatMap(Self.literal)
        guard let calls = message["tool_calls"], calls.isArray else { return }
        for (place, call) in try calls.elements().enumerated() where call.isObject {
            let call = try JSONMembers(call)
            let function = try call["function"].flatMap { $0.isObject ? try JSONMembers($0) : nil }
            self.calls.append(
                CallPart(
                    place: call["index"]?.integer ?? place, id: call["id"]?.string, name: function?["name"]?.string,
                    arguments: function?["arguments"].map { $0.string ?? $0.spelling }))
        }
    }

    private mutating func takeLikelihoods(_ logprobs: JSONMembers) throws {
        guard let content = logprobs["content"], content.isArray, try !content.elements().isEmpty else { return }
        likelihoods = Array(content)
    }

    /// Whether it says nothing of an answer.
    var isEmpty: Bool {
        content == nil && thinking == nil && calls.isEmpty && finish == nil && counts == ChatCounts()
    }

    private static func literal(_ value: JSONMembers.Value) -> [UInt8]? {
        value.isString && !value.isBlank ? Array(value) : nil
    }
}

/// Tokens, and how long the engine worked on them; nil where it has not said so.
struct ChatCounts: Sendable, Equatable {
    private(set) var promptTokens: Int?
    /// Those of the prompt that the engine need not compute again.
    private(set) var cachedTokens: Int?
    private(set) var answerTokens: Int?
    private(set) var promptNanoseconds: Int?
    private(set) var answerNanoseconds: Int?

    init() {}

    /// - Parameters:
    ///   - usage: OpenAI's.
    ///   - timings: llama.cpp's. It counts those tokens of the prompt apart that it need not compute again.
    init(usage: JSONMembers.Value?, timings: JSONMembers.Value?) throws {
        if let timings, timings.isObject {
            let members = try JSONMembers(timings)
            cachedTokens = members["cache_n"]?.integer
            promptTokens = members["prompt_n"]?.integer.map { $0 + (cachedTokens ?? 0) }
            answerTokens = members["predicted_n"]?.integer
            promptNanoseconds = members["prompt_ms"]?.number.flatMap(Self.nanoseconds)
            answerNanoseconds = members["predicted_ms"]?.number.flatMap(Self.nanoseconds)
        }
        if let usage, usage.isObject {
            let members = try JSONMembers(usage)
            promptTokens = members["prompt_tokens"]?.integer ?? promptTokens
            answerTokens = members["completion_tokens"]?.integer ?? answerTokens
            if let details = members["prompt_tokens_details"], details.isObject {
                cachedTokens = try JSONMembers(details)["cached_tokens"]?.integer ?? cachedTokens
            }
        }
    }

    /// What is said later counts more.
    mutating func take(_ later: ChatCounts) {
        promptTokens = later.promptTokens ?? promptTokens
        cachedTokens = later.cachedTokens ?? cachedTokens
        answerTokens = later.answerTokens ?? answerTokens
        promptNanoseconds = later.promptNanoseconds ?? promptNanoseconds
        answerNanoseconds = later.answerNanoseconds ?? answerNanoseconds
    }

    private static func nanoseconds(_ milliseconds: Double) -> Int? {
        Int(exactly: (milliseconds * 1_000_000).rounded()).map { max(0, $0) }
    }
}
