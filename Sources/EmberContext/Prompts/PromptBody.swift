import Foundation

/// What Ember needs to know of a request's body to put demonstrations into it: what is asked, and where they go.
public struct PromptBody: Sendable {
    public let format: PromptFormat
    /// The text to be answered: the last user turn, or the completion's prompt; nil where there is none. Of a long one the
    /// beginning.
    public private(set) var question: String?
    /// The request is one question by itself, no part of a conversation: its answer may become a demonstration.
    public private(set) var isSelfContained = false
    public let bounds: AnswerBounds
    /// All texts of the prompt together, in bytes; no tokenizer makes more tokens of them.
    public private(set) var textBytes = 0
    /// What stands before the demonstrations, such as a system prompt, as JSON; of long ones what tells them apart.
    public private(set) var head = ""
    /// The first message that is no instruction: what tells conversations apart.
    public private(set) var opening = ""
    private var isHeadWhole = true
    private var place = Place.nowhere
    private var closing = 0
    private var isEmpty = true

    /// The member that makes llama-server compute a whole prompt.
    public static let reusesNothing = #""cache_prompt":false"#

    private enum Place: Sendable {
        case nowhere
        /// Before an element of an array, or at its end.
        case before(Int)
        case atEnd(Int, isFirst: Bool)
        /// Within a string literal, behind its quote.
        case inText(Int)
        /// A literal that becomes the last element of an array.
        case around(Range<Int>)
    }

    /// nil where the body is no JSON object.
    public init?(_ bytes: some Collection<UInt8>, format: PromptFormat) {
        let read = bytes.withContiguousStorageIfAvailable { body in Result { try PromptBody(body, format) } }
        guard let read, let body = try? read.get() else { return nil }
        self = body
    }

    private init(_ bytes: UnsafeBufferPointer<UInt8>, _ format: PromptFormat) throws {
        self.format = format
        bounds = try AnswerBounds(bytes, format)
        var scanner = JSONScanner(bytes)
        guard scanner.skipSpace() == UInt8(ascii: "{") else { throw JSONScanner.Malformed(position: 0) }
        var prompt: Range<Int>?
        try scanner.members { key, value, scanner in
            isEmpty = false
            if scanner.spells(format.key, at: key) { prompt = value }
        }
        closing = scanner.position - 1
        // The engine, or an upstream that knows of another place for it, will say what it makes of that.
        guard let prompt else { return }
        if let text = scanner.decodedString(prompt) {
            takeText(text, at: prompt)
        } else {
            try takeList(at: prompt, bytes)
        }
        keepTextsShort()
    }

    /// A request that waits keeps its texts: no longer ones, in bytes each. No longer prompt becomes a demonstration either.
    static let longestText = 64 << 10

    private mutating func keepTextsShort() {
        if let text = question, text.utf8.count > Self.longestText {
            question = String(decoding: text.utf8.prefix(Self.longestText), as: UTF8.self)
            isSelfContained = false
        }
        isHeadWhole = head.utf8.count <= Self.longestText
        head = Self.shortened(head)
        opening = Self.shortened(opening)
    }

    /// What tells a long text apart from others: its beginning, its end and its length.
    private static func shortened(_ text: String) -> String {
        guard text.utf8.count > longestText else { return text }
        let ends = [text.utf8.prefix(longestText / 2), text.utf8.suffix(longestText / 2)]
        return ends.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "\(text.utf8.count)")
    }

    private mutating func takeText(_ text: String, at range: Range<Int>) {
        question = text
        textBytes = text.utf8.count
        opening = text
        isSelfContained = true
        switch format {
        case .completion: place = .inText(range.lowerBound + 1)
        case .responses: place = .around(range)
        // Not what these paths take: the engine will say so.
        case .chat, .messages: question = nil
        }
    }

    private mutating func takeList(at range: Range<Int>, _ bytes: UnsafeBufferPointer<UInt8>) throws {
        // Many prompts at once, or one in tokens, take nothing.
        guard format != .completion, bytes[range.lowerBound] == UInt8(ascii: "[") else { return }
        var scanner = JSONScanner(UnsafeBufferPointer(rebasing: bytes[range]))
        let elements = try scanner.elements()
        let messages = elements.map { element in
            let bytes = bytes[(range.lowerBound + element.lowerBound)..<(range.lowerBound + element.upperBound)]
            return (try? JSONDecoder().decode(Message.self, from: Data(bytes))) ?? Message()
        }
        textBytes = messages.reduce(0) { $0 + ($1.text?.utf8.count ?? 0) }
        question = messages.last { $0.role == "user" }?.text
        isSelfContained =
            messages.last?.role == "user" && messages.dropLast().allSatisfy(\.isInstruction)
            && messages.last?.isOnlyText == true
        let first = messages.firstIndex { !$0.isInstruction } ?? messages.endIndex
        opening = first < messages.count ? messages[first].text ?? "" : ""
        let headBytes = elements[..<first].map {
            bytes[(range.lowerBound + $0.lowerBound)..<(range.lowerBound + $0.upperBound)]
        }
        head = headBytes.map { String(decoding: $0, as: UTF8.self) }.joined(separator: ",")
        place =
            first < elements.count
            ? .before(range.lowerBound + elements[first].lowerBound)
            : .atEnd(range.upperBound - 1, isFirst: elements.isEmpty)
    }

    /// What of a message or item matters here.
    private struct Message: Decodable {
        var role = ""
        var text: String?
        var isOnlyText = false

        /// System and developer messages say how to answer; demonstrations come after them.
        var isInstruction: Bool { role == "system" || role == "developer" }

        init() {}

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            role = try container.decodeIfPresent(String.self, forKey: .role) ?? ""
            if let text = try? container.decodeIfPresent(String.self, forKey: .content) {
                self.text = text
                isOnlyText = true
            } else if let parts = try? container.decodeIfPresent([Part].self, forKey: .content) {
                let texts = parts.compactMap(\.text)
                text = texts.isEmpty ? nil : texts.joined(separator: "\n")
                isOnlyText = texts.count == parts.count
            }
        }

        enum CodingKeys: String, CodingKey { case role, content }

        struct Part: Decodable { var text: String? }
    }

    /// What changes in the body when the demonstrations go in, and when the request is to run on a slot, or to reuse nothing of
    /// what a slot holds.
    public func edits(inserting turns: [Turn], slot: Int?, reusing: Bool = true) -> [BodyEdit] {
        var edits = turns.isEmpty ? [] : insertions(of: turns)
        // At the end: where a key stands twice the last one counts, so that the client's own does not.
        var members: [String] = []
        if let slot, format.canChooseSlot { members.append(#""id_slot":\#(slot)"#) }
        if !reusing { members.append(Self.reusesNothing) }
        if !members.isEmpty {
            edits.append(.insertion(at: closing, (isEmpty ? "" : ",") + members.joined(separator: ",")))
        }
        return edits
    }

    private func insertions(of turns: [Turn]) -> [BodyEdit] {
        let elements = turns.map { $0.elements(format) }.joined(separator: ",")
        switch place {
        case .nowhere: return []
        case .before(let position): return [.insertion(at: position, elements + ",")]
        case .atEnd(let position, let isFirst): return [.insertion(at: position, (isFirst ? "" : ",") + elements)]
        case .inText(let position): return [.insertion(at: position, JSONLiteral.inner(Turn.text(of: turns)))]
        case .around(let range):
            return [
                .insertion(at: range.lowerBound, "[" + elements + #",{"role":"user","content":"#),
                .insertion(at: range.upperBound, "}]"),
            ]
        }
    }

    /// Whether demonstrations can go in at all.
    public var takesDemonstrations: Bool {
        if case .nowhere = place { return false }
        return true
    }

    /// A request whose prompt is what this one's begins with, and whose answer is of no interest; nil for formats that
    /// have no such.
    public func prefill(_ turns: [Turn], slot: Int) -> (path: String, body: [UInt8])? {
        switch format {
        case .chat:
            guard isHeadWhole else { return nil }
            let messages =
                ([head].filter { !$0.isEmpty } + turns.map { $0.elements(format) }
                + [#"{"role":"user","content":"."}"#]).joined(separator: ",")
            return (
                "/v1/chat/completions",
                Array(#"{"messages":[\#(messages)],"max_tokens":1,"id_slot":\#(slot)}"#.utf8)
            )
        case .completion:
            let prompt = JSONLiteral.string(Turn.text(of: turns))
            return ("/v1/completions", Array(#"{"prompt":\#(prompt),"max_tokens":1,"id_slot":\#(slot)}"#.utf8))
        case .messages, .responses: return nil
        }
    }
}
