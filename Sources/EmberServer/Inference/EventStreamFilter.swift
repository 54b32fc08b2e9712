import NIOCore

/// Passes events on as they are, each as soon as it is complete: so a stream that breaks off can still end with an
/// event of its own.
///
/// Where the client has not asked for the usage, but Ember has, as the bill goes by it, the event that has it is
/// taken out; in OpenAI's shape it has no choices. An event with an error is not passed on, but kept, to be sent
/// in the API's own form; nothing is passed on behind it. O(bytes).
struct EventStreamFilter {
    private let hidesUsage: Bool
    /// nil where the events name the model as the request did.
    private let echo: ModelEcho?
    /// The error that the stream itself has sent.
    private(set) var error: ErrorObject?
    /// What has come of an event that is not complete, and how far it has been looked at.
    private var rest: [UInt8] = []
    private var lineBegan = 0
    private var seen = 0
    /// A longer event is passed on unread.
    private static let longest = 1 << 20

    init(hidesUsage: Bool, echo: ModelEcho? = nil) {
        self.hidesUsage = hidesUsage
        self.echo = echo
    }

    /// Whether nothing of a further event has come, or all but the blank line that ends it.
    var isBetweenEvents: Bool {
        let last = rest.last { $0 != UInt8(ascii: "\n") && $0 != UInt8(ascii: "\r") }
        return last == nil || last == UInt8(ascii: "}") || last == UInt8(ascii: "]")
    }

    /// What may be passed on now.
    mutating func passOn(_ piece: ByteBuffer) -> ByteBuffer {
        guard error == nil else { return ByteBuffer() }
        // As engines send them; every error has the word in it.
        if !hidesUsage, echo == nil, rest.isEmpty, piece.readableBytesView.suffix(2).elementsEqual("\n\n".utf8),
            !Self.speaksOfErrors(piece)
        {
            return piece
        }
        rest.append(contentsOf: piece.readableBytesView)
        var (passed, began) = (ByteBuffer(), 0)
        while error == nil, let end = endOfEvent() {
            let event = rest[began..<end]
            if Self.speaksOfErrors(event) { error = ErrorObject(event: event) }
            if error == nil, !hidesUsage || !Self.tellsUsage(event) {
                if let echo { passed.writeBytes(echo.written(into: event)) } else { passed.writeBytes(event) }
            }
            began = end
        }
        if rest.count - began > Self.longest {
            passed.writeBytes(rest[began...])
            began = rest.count
            (lineBegan, seen) = (began, began)
        }
        rest.removeFirst(began)
        (lineBegan, seen) = (lineBegan - began, seen - began)
        return passed
    }

    /// What is left of a stream that has ended well: an event that no blank line has ended.
    mutating func end() -> ByteBuffer {
        guard !rest.isEmpty else { return ByteBuffer() }
        // For those who read to the blank line.
        return passOn(ByteBuffer(string: rest.last == UInt8(ascii: "\n") ? "\n" : "\n\n"))
    }

    /// Behind the next blank line.
    private mutating func endOfEvent() -> Int? {
        while seen < rest.count {
            seen += 1
            guard rest[seen - 1] == UInt8(ascii: "\n") else { continue }
            let length = seen - 1 - lineBegan
            let isBlank = length == 0 || (length == 1 && rest[lineBegan] == UInt8(ascii: "\r"))
            lineBegan = seen
            if isBlank { return seen }
        }
        return nil
    }

    private static func speaksOfErrors(_ piece: ByteBuffer) -> Bool {
        piece.withUnsafeReadableBytes(hasErrorWord)
    }

    private static func speaksOfErrors(_ event: ArraySlice<UInt8>) -> Bool {
        event.withUnsafeBytes(hasErrorWord)
    }

    /// Looks for `error` in steps of its length, wherever a byte is none of its letters.
    private static func hasErrorWord(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var last = 4
        while last < bytes.count {
            switch bytes[last] {
            case UInt8(ascii: "r"):
                if bytes[(last - 4)...last].elementsEqual("error".utf8) { return true }
                last += 1
            case UInt8(ascii: "o"): last += 1
            case UInt8(ascii: "e"): last += 4
            default: last += 5
            }
        }
        return false
    }

    private static func tellsUsage(_ event: ArraySlice<UInt8>) -> Bool {
        let text = String(decoding: event.filter { $0 != UInt8(ascii: " ") }, as: UTF8.self)
        return text.contains("\"choices\":[]") && text.contains("\"usage\":{")
    }
}
