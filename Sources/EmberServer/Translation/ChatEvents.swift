import EmberContext
import NIOCore

/// Reads a stream of events in OpenAI's form, however it is cut into pieces. O(bytes).
struct ChatEvents: Sendable {
    enum Event: Sendable {
        /// The server still works: a line that says nothing else.
        case comment
        case piece(ChatPiece)
        /// The stream's own error, or what is wrong with the stream. Nothing comes behind it.
        case failure(String)
    }

    /// What has come of a line that is not complete.
    private var rest: [UInt8] = []
    /// The lines of an event's data that have come.
    private var data: [UInt8] = []
    private var hasFailed = false

    private static let longestEvent = 16 << 20

    /// The events that are complete now.
    mutating func read(_ piece: ByteBuffer) -> [Event] {
        var events: [Event] = []
        guard !hasFailed else { return events }
        let parts = piece.readableBytesView.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        for (place, part) in parts.enumerated() {
            // Each but the first stands behind the end of a line.
            if place > 0 { takeLine(&events) }
            rest.append(contentsOf: part)
        }
        if rest.count + data.count > Self.longestEvent { fail("an event of the answer is too long", &events) }
        return events
    }

    /// The stream has ended: an event that no blank line has ended.
    mutating func end() -> [Event] {
        var events: [Event] = []
        if !rest.isEmpty { takeLine(&events) }
        takeEvent(&events)
        return events
    }

    private mutating func takeLine(_ events: inout [Event]) {
        if rest.last == UInt8(ascii: "\r") { rest.removeLast() }
        defer { rest.removeAll(keepingCapacity: true) }
        guard !hasFailed else { return }
        if rest.isEmpty { return takeEvent(&events) }
        if rest.first == UInt8(ascii: ":") {
            events.append(.comment)
        } else if rest.starts(with: "data:".utf8) {
            if !data.isEmpty { data.append(UInt8(ascii: "\n")) }
            data.append(contentsOf: rest.dropFirst(5).drop { $0 == UInt8(ascii: " ") })
        }
    }

    private mutating func takeEvent(_ events: inout [Event]) {
        defer { data.removeAll(keepingCapacity: true) }
        guard !data.isEmpty, !hasFailed, !data.starts(with: "[DONE]".utf8) else { return }
        guard let piece = data.withUnsafeBufferPointer({ try? ChatPiece($0) }) else {
            return fail("the engine's answer is not understood", &events)
        }
        if piece.isEmpty, let error = ErrorObject(told: data) { return fail(error.message, &events) }
        events.append(.piece(piece))
    }

    private mutating func fail(_ message: String, _ events: inout [Event]) {
        hasFailed = true
        (rest, data) = ([], [])
        events.append(.failure(message))
    }
}
