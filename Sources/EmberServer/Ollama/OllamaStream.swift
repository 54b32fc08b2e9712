import EmberContext
import NIOCore

/// Turns a stream of events in OpenAI's form into lines in Ollama's. O(bytes).
///
/// The last line is not among them: `end` has it, once all is known that it says.
struct OllamaStream: Sendable {
    private let lines: OllamaLines
    private var calls = OllamaCalls()
    private var finish: String?
    private var counts = OllamaCounts()
    /// An error has been written, behind which there is nothing more.
    private(set) var hasFailed = false
    /// What has come of a line that is not complete.
    private var rest: [UInt8] = []
    /// The lines of an event's data that have come.
    private var data: [UInt8] = []

    private static let longestEvent = 16 << 20

    init(_ lines: OllamaLines) { self.lines = lines }

    /// What is to be written now.
    mutating func passOn(_ piece: ByteBuffer) -> ByteBuffer {
        var written = ByteBuffer()
        guard !hasFailed else { return written }
        let parts = piece.readableBytesView.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (place, part) in parts.enumerated() {
            // Each but the first stands behind the end of a line.
            if place > 0 { takeLine(&written) }
            rest.append(contentsOf: part)
        }
        if rest.count + data.count > Self.longestEvent { fail("an event of the answer is too long", &written) }
        return written
    }

    /// The last line of a stream that has ended; nothing behind an error.
    mutating func end(_ times: OllamaTimes) -> ByteBuffer {
        var written = ByteBuffer()
        // An event that no blank line has ended.
        if !rest.isEmpty { takeLine(&written) }
        takeEvent(&written)
        guard !hasFailed else { return written }
        addCalls(to: &written)
        write(lines.part(end: OllamaEnd(finish: finish, counts: counts, times: times)), to: &written)
        return written
    }

    // MARK: Events

    private mutating func takeLine(_ written: inout ByteBuffer) {
        if rest.last == UInt8(ascii: "\r") { rest.removeLast() }
        defer { rest.removeAll(keepingCapacity: true) }
        if rest.isEmpty { return takeEvent(&written) }
        if rest.first == UInt8(ascii: ":") {
            // A comment keeps the client waiting: white space before a line does so too, and is still JSON.
            if !hasFailed { written.writeString(" ") }
        } else if rest.starts(with: "data:".utf8) {
            if !data.isEmpty { data.append(UInt8(ascii: "\n")) }
            data.append(contentsOf: rest.dropFirst(5).drop { $0 == UInt8(ascii: " ") })
        }
    }

    private mutating func takeEvent(_ written: inout ByteBuffer) {
        defer { data.removeAll(keepingCapacity: true) }
        guard !data.isEmpty, !hasFailed, !data.starts(with: "[DONE]".utf8) else { return }
        guard let piece = data.withUnsafeBufferPointer({ try? OllamaPiece($0) }) else {
            return fail("the engine's answer is not understood", &written)
        }
        if piece.isEmpty, let error = ErrorObject(told: data) { return fail(error.message, &written) }
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

    private mutating func fail(_ message: String, _ written: inout ByteBuffer) {
        guard !hasFailed else { return }
        hasFailed = true
        (rest, data) = ([], [])
        write(OllamaLines.error(message), to: &written)
    }

    private func write(_ line: [UInt8], to written: inout ByteBuffer) {
        written.writeBytes(line)
        written.writeInteger(UInt8(ascii: "\n"))
    }
}
