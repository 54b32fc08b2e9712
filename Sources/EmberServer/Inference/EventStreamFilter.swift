import NIOCore

/// Passes events on as they are, each as soon as it is complete: so a stream that breaks off can still end with an event of its own.
///
/// Where the client has not asked for the usage, but Ember has, as the bill goes by it, the event that tells it is taken out; in
/// OpenAI's shape it has no choices. O(bytes).
struct EventStreamFilter {
    private let hidesUsage: Bool
    /// What has come of an event that is not complete, and how far it has been looked at.
    private var rest: [UInt8] = []
    private var lineBegan = 0
    private var seen = 0
    /// A longer event is passed on unread.
    private static let longest = 1 << 20

    init(hidesUsage: Bool) { self.hidesUsage = hidesUsage }

    /// What may be passed on now; `isEnd`: nothing more comes.
    mutating func passOn(_ piece: ByteBuffer, isEnd: Bool = false) -> ByteBuffer {
        // As engines send them.
        if !hidesUsage, rest.isEmpty, piece.readableBytesView.suffix(2).elementsEqual("\n\n".utf8) { return piece }
        rest.append(contentsOf: piece.readableBytesView)
        var (passed, began) = (ByteBuffer(), 0)
        while let end = endOfEvent() {
            if !hidesUsage || !Self.tellsUsage(rest[began..<end]) { passed.writeBytes(rest[began..<end]) }
            began = end
        }
        if isEnd || rest.count - began > Self.longest {
            passed.writeBytes(rest[began...])
            began = rest.count
            (lineBegan, seen) = (began, began)
        }
        rest.removeFirst(began)
        (lineBegan, seen) = (lineBegan - began, seen - began)
        return passed
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

    private static func tellsUsage(_ event: ArraySlice<UInt8>) -> Bool {
        let text = String(decoding: event.filter { $0 != UInt8(ascii: " ") }, as: UTF8.self)
        return text.contains("\"choices\":[]") && text.contains("\"usage\":{")
    }
}
