import EmberContext
import NIOCore

/// How a chat's answer goes to a client that has asked for messages.
struct MessagesAnswer: Sendable {
    /// Texts that end the answer.
    let stopSequences: [String]
    /// nil where it names the model as the request did.
    var echo: ModelEcho?

    /// A whole answer.
    ///
    /// - Throws: `APIError` where it is none of a chat.
    nonisolated(nonsending) func whole(_ answer: ByteBuffer) async throws -> ByteBuffer {
        ByteBuffer(bytes: try await BodyWork.translated(answer, "The engine's answer is") { try whole($0) })
    }

    /// - Parameter bytes: an answer in OpenAI's form.
    /// - Throws: where it is none.
    func whole(_ bytes: UnsafeBufferPointer<UInt8>) throws -> [UInt8] {
        guard try JSONMembers(bytes)["choices"]?.isArray == true else { throw JSONMembers.NoObject() }
        let piece = try ChatPiece(bytes)
        var content = JSONArrayText()
        if let text = piece.thinking { content.add(json: MessagesBlock.thinking(text)) }
        if let text = piece.content { content.add(json: MessagesBlock.text(text)) }
        for call in piece.calls { content.add(json: MessagesBlock.call(call, withInput: true)) }
        return message(of: piece, content.bytes, MessagesEnd(piece, self), output: piece.counts.answerTokens ?? 0)
    }

    /// - Parameters:
    ///   - content: an array.
    ///   - end: nil: it has not ended.
    func message(of piece: ChatPiece, _ content: [UInt8], _ end: MessagesEnd?, output: Int) -> [UInt8] {
        var message = JSONObjectText()
        message.add("id", json: piece.id ?? Array(#""msg""#.utf8))
        message.add("type", "message")
        message.add("role", "assistant")
        message.add("model", json: echo.map { Array($0.name.utf8) } ?? piece.model ?? MessagesBlock.emptyLiteral)
        message.add("content", json: content)
        MessagesEnd.write(end, to: &message)
        message.add("usage", json: MessagesUsage.json(piece.counts, output: output))
        return message.bytes
    }
}

/// Why an answer has ended, in Anthropic's words.
struct MessagesEnd: Sendable, Equatable {
    let reason: String
    /// The sequence of the request that has ended it.
    let sequence: String?

    init(_ piece: ChatPiece, _ answer: MessagesAnswer) {
        self.init(
            finish: piece.finish, hasCalls: !piece.calls.isEmpty, stoppingWord: piece.stoppingWord,
            sequences: answer.stopSequences)
    }

    /// - Parameters:
    ///   - finish: OpenAI's word; nil: none came.
    ///   - stoppingWord: may be one of the template's own.
    init(finish: String?, hasCalls: Bool, stoppingWord: String?, sequences: [String]) {
        let stop = finish == "stop" ? stoppingWord.flatMap { sequences.contains($0) ? $0 : nil } : nil
        sequence = stop
        reason =
            switch finish {
            case "length": "max_tokens"
            case "content_filter": "refusal"
            case _ where stop != nil: "stop_sequence"
            case _ where hasCalls: "tool_use"
            default: "end_turn"
            }
    }

    static func write(_ end: MessagesEnd?, to object: inout JSONObjectText) {
        let null = Array("null".utf8)
        object.add("stop_reason", json: end.map { Array(JSONLiteral.string($0.reason).utf8) } ?? null)
        object.add("stop_sequence", json: end?.sequence.map { Array(JSONLiteral.string($0).utf8) } ?? null)
    }
}

/// Tokens as Anthropic counts them: those of the prompt that the engine still had stand apart. It writes to no cache
/// that would cost more.
enum MessagesUsage {
    static func json(_ counts: ChatCounts, output: Int) -> [UInt8] {
        let cached = counts.cachedTokens ?? 0
        var usage = JSONObjectText()
        usage.add("input_tokens", max(0, (counts.promptTokens ?? 0) - cached))
        usage.add("cache_creation_input_tokens", 0)
        usage.add("cache_read_input_tokens", cached)
        usage.add("output_tokens", output)
        return usage.bytes
    }
}

/// The blocks of an answer's content.
enum MessagesBlock {
    static let emptyLiteral = Array("\"\"".utf8)

    /// - Parameter text: a literal.
    static func text(_ text: [UInt8]) -> [UInt8] {
        var block = JSONObjectText()
        block.add("type", "text")
        block.add("text", json: text)
        return block.bytes
    }

    /// No engine here signs its thoughts.
    static func thinking(_ text: [UInt8]) -> [UInt8] {
        var block = JSONObjectText()
        block.add("type", "thinking")
        block.add("thinking", json: text)
        block.add("signature", "")
        return block.bytes
    }

    /// - Parameter withInput: else it follows in pieces. Arguments that are no object, such as those that the bound of
    ///   tokens has cut off, are left out, as llama-server does.
    static func call(_ call: ChatPiece.CallPart, withInput: Bool) -> [UInt8] {
        var block = JSONObjectText()
        block.add("type", "tool_use")
        block.add("id", call.id ?? "")
        block.add("name", call.name ?? "")
        var arguments = withInput ? call.arguments ?? "" : ""
        let isObject = arguments.withUTF8 { (try? JSONMembers($0)) != nil }
        block.add("input", json: (isObject ? arguments : "{}").utf8)
        return block.bytes
    }
}
