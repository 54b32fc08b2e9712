import NIOCore

/// Takes the event out of a stream that tells the usage, where the client has not asked for it: Ember has, as the bill goes by it.
///
/// In OpenAI's shape it is an event of its own, without choices. Other events are passed on as they are, each as soon as it is
/// complete.
struct UsageEventFilter {
    /// What has come of an event that is not complete.
    private var rest: [UInt8] = []
    /// A longer event is passed on unread.
    private static let longest = 1 << 20

    /// What may be passed on now; `isEnd`: nothing more comes.
    mutating func passOn(_ piece: ByteBuffer, isEnd: Bool = false) -> ByteBuffer {
        rest.append(contentsOf: piece.readableBytesView)
        var passed = ByteBuffer()
        while let end = Self.endOfEvent(in: rest) {
            if !Self.tellsUsage(rest[..<end]) { passed.writeBytes(rest[..<end]) }
            rest.removeFirst(end)
        }
        if isEnd || rest.count > Self.longest {
            passed.writeBytes(rest)
            rest = []
        }
        return passed
    }

    /// Behind the blank line that ends the first event.
    private static func endOfEvent(in bytes: [UInt8]) -> Int? {
        let newline = UInt8(ascii: "\n")
        var lineBegan = 0
        for (index, byte) in bytes.enumerated() where byte == newline {
            let line = bytes[lineBegan..<index]
            if line.isEmpty || line.elementsEqual([UInt8(ascii: "\r")]), index > 0 { return index + 1 }
            lineBegan = index + 1
        }
        return nil
    }

    private static func tellsUsage(_ event: ArraySlice<UInt8>) -> Bool {
        let text = String(decoding: event.filter { $0 != UInt8(ascii: " ") }, as: UTF8.self)
        return text.contains("\"choices\":[]") && text.contains("\"usage\":{")
    }
}
