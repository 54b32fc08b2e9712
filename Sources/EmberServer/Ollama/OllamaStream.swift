import NIOCore

/// Turns a stream of events in OpenAI's form into lines in Ollama's. O(bytes).
///
/// The last line is not among them: `end` has it, once all is known that it says.
struct OllamaStream: Sendable {
    private let lines: OllamaLines
    private var events = ChatEvents()
    private var calls = OllamaCalls()
    private var finish: String?
    private var counts = ChatCounts()
    /// An error has been written, behind which there is nothing more.
    private(set) var hasFailed = false

    init(_ lines: OllamaLines) { self.lines = lines }

    /// What is to be written now.
    mutating func passOn(_ piece: ByteBuffer) -> ByteBuffer {
        var written = ByteBuffer()
        for event in events.read(piece) { take(event, &written) }
        return written
    }

    /// The last line of a stream that has ended; nothing behind an error.
    mutating func end(_ times: OllamaTimes) -> ByteBuffer {
        var written = ByteBuffer()
        for event in events.end() { take(event, &written) }
        guard !hasFailed else { return written }
        addCalls(to: &written)
        write(lines.part(end: OllamaEnd(finish: finish, counts: counts, times: times)), to: &written)
        return written
    }

    private mutating func take(_ event: ChatEvents.Event, _ written: inout ByteBuffer) {
        switch event {
        // It keeps the client waiting: white space before a line does so too, and is still JSON.
        case .comment: written.writeString(" ")
        case .piece(let piece): take(piece, &written)
        case .failure(let message):
            hasFailed = true
            write(OllamaLines.error(message), to: &written)
        }
    }

    private mutating func take(_ piece: ChatPiece, _ written: inout ByteBuffer) {
        counts.take(piece.counts)
        finish = piece.finish ?? finish
        calls.take(piece.calls)
        if piece.content != nil || piece.thinking != nil || piece.likelihoods != nil {
            write(
                lines.part(piece.content, thinking: piece.thinking, likelihoods: piece.likelihoods), to: &written)
        }
        if piece.finish != nil { addCalls(to: &written) }
    }

    private mutating func addCalls(to written: inout ByteBuffer) {
        let (whole, text) = calls.takeWhole()
        guard whole != nil || text != nil else { return }
        write(lines.part(text, calls: whole), to: &written)
    }

    private func write(_ line: [UInt8], to written: inout ByteBuffer) {
        written.writeBytes(line)
        written.writeInteger(UInt8(ascii: "\n"))
    }
}
