import EmberCore
import NIOCore

/// The API that a path belongs to: how its errors are written, and how its streams end.
enum APIForm: Sendable, Equatable {
    /// OpenAI's chats and completions, whose answers are choices.
    case choices
    /// Anthropic's messages.
    case messages
    /// OpenAI's responses.
    case responses
    /// Ollama's: an error is a text, and no stream of an engine has its form.
    case ollama
    /// All others: errors have OpenAI's shape, and no last event of a stream is known.
    case other

    /// - Parameter path: with or without a query.
    init(path: some StringProtocol) {
        switch path.prefix(while: { $0 != "?" }) {
        case "/v1/chat/completions", "/v1/completions": self = .choices
        case "/v1/messages", "/v1/messages/count_tokens": self = .messages
        case "/v1/responses": self = .responses
        // Below /api/v1 clients of OpenAI's API have a base URL that is not Ember's.
        case let path where path.hasPrefix("/api/") && !path.hasPrefix("/api/v1/"): self = .ollama
        default: self = .other
        }
    }

    /// - Parameter kind: nil: nothing is known of the path.
    init(_ kind: RequestKind?) {
        self =
            switch kind {
            case .chat, .completions: .choices
            case .messages, .countTokens: .messages
            case .responses: .responses
            case .embeddings, .rerank, nil: .other
            }
    }

    /// What the last events of a stream say about its end.
    enum End: Equatable {
        /// The API's last event.
        case lastEvent
        /// A choice says why it has finished: some servers send nothing behind it.
        case finishReason
    }

    /// - Parameter tail: the last bytes of a stream, enough for its last events. O(bytes).
    /// - Returns: nil where nothing says that the answer is whole.
    func end(of tail: some RandomAccessCollection<UInt8>) -> End? {
        for line in tail.split(separator: UInt8(ascii: "\n")).reversed() {
            switch self {
            case .choices:
                guard line.starts(with: "data:".utf8) else { continue }
                let data = line.dropFirst(5).drop { $0 == UInt8(ascii: " ") }
                if data.starts(with: "[DONE]".utf8) { return .lastEvent }
                // Behind the last choice may come the usage, whose event has none.
                if let hasFinished = Self.finishes(data) { return hasFinished ? .finishReason : nil }
            case .messages: if Self.tells("message_stop", line) { return .lastEvent }
            case .responses:
                let names: [StaticString] = ["response.completed", "response.incomplete", "response.failed"]
                if names.contains(where: { Self.tells($0, line) }) { return .lastEvent }
            case .ollama, .other: return nil
            }
        }
        return nil
    }

    /// Whether a piece of a stream ends with the last event of an engine's API. Of chats and completions, whose pieces
    /// are many, in O(1).
    func endsStream(_ piece: ByteBuffer) -> Bool {
        let bytes = piece.readableBytesView
        switch self {
        case .choices:
            let end = bytes.suffix(Self.longestMark)
            let isLineEnd = { (byte: UInt8) in byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r") }
            guard let last = end.lastIndex(where: { !isLineEnd($0) }) else { return false }
            return end[...last].suffix(Self.mark.utf8CodeUnitCount).elementsEqual(
                UnsafeBufferPointer(start: Self.mark.utf8Start, count: Self.mark.utf8CodeUnitCount))
        case .responses: return end(of: bytes) == .lastEvent
        case .messages, .ollama, .other: return false
        }
    }

    private static let mark: StaticString = "[DONE]"
    /// With the ends of two lines.
    private static let longestMark = 10

    /// Whether a choice in the event's data has a reason to have finished; nil where it does not say.
    private static func finishes(_ data: some RandomAccessCollection<UInt8>) -> Bool? {
        guard let value = data.behindKey("finish_reason") else { return nil }
        return value.first == UInt8(ascii: "\"")
    }

    /// Whether the line names the event, or is the data of one of that type.
    private static func tells(_ name: StaticString, _ line: some RandomAccessCollection<UInt8>) -> Bool {
        let name = UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
        if line.starts(with: "event:".utf8) {
            let told = line.dropFirst(6).filter { $0 != UInt8(ascii: " ") && $0 != UInt8(ascii: "\r") }
            return told.elementsEqual(name)
        }
        guard line.starts(with: "data:".utf8), let value = line.firstType() else { return false }
        return value.dropFirst().starts(with: name) && value.dropFirst(1 + name.count).first == UInt8(ascii: "\"")
    }
}

extension RandomAccessCollection<UInt8> {
    /// What stands behind the last `"key":` of JSON text; quotes within strings are escaped, so that a text about the
    /// key does not count.
    fileprivate func behindKey(_ key: StaticString) -> SubSequence? {
        let key = UnsafeBufferPointer(start: key.utf8Start, count: key.utf8CodeUnitCount)
        var start = index(endIndex, offsetBy: -Swift.min(count, key.count + 2))
        while true {
            if let value = value(ofKey: key, at: start) { return value }
            guard start > startIndex else { return nil }
            formIndex(before: &start)
        }
    }

    /// What stands behind the first `"type":`.
    fileprivate func firstType() -> SubSequence? {
        let key: StaticString = "type"
        let bytes = UnsafeBufferPointer(start: key.utf8Start, count: key.utf8CodeUnitCount)
        var start = startIndex
        while start < endIndex {
            if self[start] == UInt8(ascii: "\""), let value = value(ofKey: bytes, at: start) { return value }
            formIndex(after: &start)
        }
        return nil
    }

    private func value(ofKey key: UnsafeBufferPointer<UInt8>, at start: Index) -> SubSequence? {
        guard start < endIndex, self[start] == UInt8(ascii: "\"") else { return nil }
        if start > startIndex, self[index(before: start)] == UInt8(ascii: "\\") { return nil }
        let inner = self[index(after: start)...]
        guard inner.starts(with: key) else { return nil }
        let rest = inner.dropFirst(key.count)
        guard rest.first == UInt8(ascii: "\"") else { return nil }
        let colon = rest.dropFirst().drop { $0 == UInt8(ascii: " ") }
        guard colon.first == UInt8(ascii: ":") else { return nil }
        return colon.dropFirst().drop { $0 == UInt8(ascii: " ") }
    }
}
