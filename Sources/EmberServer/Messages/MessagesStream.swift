import EmberContext
import NIOCore

/// Turns a stream of a chat's events into Anthropic's. O(bytes).
struct MessagesStream: Sendable {
    /// The block that is being written: a block ends before the next one begins.
    private enum Block: Equatable {
        case thinking, text
        /// Which of the answer's calls it is.
        case call(Int)
    }

    private let answer: MessagesAnswer
    private var events = ChatEvents()
    private var open: Block?
    /// Blocks that have ended.
    private var ended = 0
    /// The answer so far, without its content.
    private var counts = ChatCounts()
    private var finish: String?
    private var stoppingWord: String?
    private var hasBegun = false
    private var hasCalls = false
    /// What is wrong with the engine's stream: nothing is passed on behind it.
    private(set) var failure: String?

    init(_ answer: MessagesAnswer) { self.answer = answer }

    /// What is to be written now.
    mutating func passOn(_ piece: ByteBuffer) -> ByteBuffer {
        var written = ByteBuffer()
        for event in events.read(piece) { take(event, &written) }
        return written
    }

    /// The last events of a stream that has ended well.
    ///
    /// - Parameter piece: its last bytes.
    mutating func end(behind piece: ByteBuffer) -> ByteBuffer {
        var written = passOn(piece)
        for event in events.end() { take(event, &written) }
        guard failure == nil, hasBegun else { return written }
        endBlock(&written)
        var delta = JSONObjectText()
        let end = MessagesEnd(
            finish: finish, hasCalls: hasCalls, stoppingWord: stoppingWord, sequences: answer.stopSequences)
        MessagesEnd.write(end, to: &delta)
        Self.write("message_delta", to: &written) { event in
            event.add("delta", json: delta.bytes)
            event.add("usage", json: MessagesUsage.json(counts, output: counts.answerTokens ?? 0))
        }
        Self.write("message_stop", to: &written) { _ in }
        return written
    }

    // MARK: Events

    private mutating func take(_ event: ChatEvents.Event, _ written: inout ByteBuffer) {
        switch event {
        case .comment where hasBegun: Self.write("ping", to: &written) { _ in }
        // Before the first event, which is the message's beginning, nothing but a comment may stand.
        case .comment: written.writeString(":\n\n")
        case .failure(let message): failure = message
        case .piece(let piece): if !piece.isEmpty { take(piece, &written) }
        }
    }

    private mutating func take(_ piece: ChatPiece, _ written: inout ByteBuffer) {
        counts.take(piece.counts)
        finish = piece.finish ?? finish
        stoppingWord = piece.stoppingWord ?? stoppingWord
        if !hasBegun {
            hasBegun = true
            Self.write("message_start", to: &written) { event in
                event.add("message", json: answer.message(of: piece, Array("[]".utf8), nil, output: 0))
            }
        }
        if let text = piece.thinking { write(text, as: .thinking, "thinking", &written) }
        if let text = piece.content { write(text, as: .text, "text", &written) }
        for call in piece.calls { take(call, &written) }
    }

    private mutating func take(_ call: ChatPiece.CallPart, _ written: inout ByteBuffer) {
        hasCalls = true
        begin(.call(call.place), MessagesBlock.call(call, withInput: false), &written)
        guard let arguments = call.arguments, !arguments.isEmpty else { return }
        writeDelta("input_json_delta", "partial_json", Array(JSONLiteral.string(arguments).utf8), &written)
    }

    private mutating func write(_ text: [UInt8], as block: Block, _ key: StaticString, _ written: inout ByteBuffer) {
        let empty = MessagesBlock.emptyLiteral
        begin(block, block == .text ? MessagesBlock.text(empty) : MessagesBlock.thinking(empty), &written)
        writeDelta("\(key)_delta", key, text, &written)
    }

    // MARK: Blocks

    /// - Parameter json: the block without its content.
    private mutating func begin(_ block: Block, _ json: @autoclosure () -> [UInt8], _ written: inout ByteBuffer) {
        guard open != block else { return }
        endBlock(&written)
        open = block
        let begun = json()
        Self.write("content_block_start", to: &written) { event in
            event.add("index", ended)
            event.add("content_block", json: begun)
        }
    }

    private mutating func endBlock(_ written: inout ByteBuffer) {
        guard let block = open else { return }
        // Clients wait for a signature, be it empty.
        if block == .thinking { writeDelta("signature_delta", "signature", MessagesBlock.emptyLiteral, &written) }
        Self.write("content_block_stop", to: &written) { $0.add("index", ended) }
        open = nil
        ended += 1
    }

    private func writeDelta(_ type: String, _ key: StaticString, _ value: [UInt8], _ written: inout ByteBuffer) {
        var delta = JSONObjectText()
        delta.add("type", type)
        delta.add(key, json: value)
        Self.write("content_block_delta", to: &written) { event in
            event.add("index", ended)
            event.add("delta", json: delta.bytes)
        }
    }

    private static func write(
        _ type: StaticString, to written: inout ByteBuffer, _ addMembers: (inout JSONObjectText) -> Void
    ) {
        var event = JSONObjectText()
        event.add("type", "\(type)")
        addMembers(&event)
        written.writeString("event: \(type)\ndata: ")
        written.writeBytes(event.bytes)
        written.writeString("\n\n")
    }
}
