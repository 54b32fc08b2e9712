/// What Ember needs to know of a request's body to put demonstrations into it: what is asked, and where they go.
public struct PromptBody: Sendable {
    public let format: PromptFormat
    /// The text to be answered: the last user turn, or the completion's prompt; nil where there is none. Of a long one
    /// the beginning.
    public private(set) var question: String?
    /// The request is one question by itself, no part of a conversation: its answer may become a demonstration.
    public private(set) var isSelfContained = false
    public let bounds: AnswerBounds
    /// All texts of the prompt together, in bytes; no tokenizer makes more tokens of them.
    public private(set) var textBytes = 0
    /// What stands before the demonstrations, such as a system prompt, as JSON; of long ones what tells them apart.
    public private(set) var head = ""
    /// Its pieces, by which a conversation is found again; empty where it has none, or no key was given.
    public private(set) var chain = PromptChain()
    private var isHeadWhole = true
    private var place = Place.nowhere
    private var closing: Int
    private var isEmpty: Bool

    /// The member that makes llama-server compute a whole prompt.
    public static let reusesNothing = #""cache_prompt":false"#

    private enum Place: Sendable {
        case nowhere
        /// Before an element of an array, or at its end.
        case before(Int)
        case atEnd(Int, isFirst: Bool)
        /// Within a string literal, behind its quote.
        case inText(Int)
        /// A literal that must become the last element of an array.
        case around(Range<Int>)
    }

    /// nil where the kind of request has no prompt.
    ///
    /// - Parameters:
    ///   - shape: of the same bytes.
    ///   - key: of its chain; nil: it gets none.
    public init?(_ bytes: some Collection<UInt8>, _ shape: RequestShape, key: ChainKey? = nil) {
        guard let format = shape.kind?.format else { return nil }
        self.format = format
        (bounds, closing, isEmpty) = (shape.bounds, shape.closingBrace, shape.isEmpty)
        // The engine, or an upstream that knows of another place for it, will say what it makes of that.
        guard let prompt = shape.promptRange else { return }
        let isRead: Bool? = bytes.withContiguousStorageIfAvailable { body in
            // Most prompts have no tools and no instructions of their own.
            if let key, !shape.frameRanges.isEmpty { chain.append(shape.frameRanges.map { body[$0] }, key: key) }
            // What has been walked over once is JSON.
            return (try? read(UnsafeBufferPointer(rebasing: body[prompt]), at: prompt, key)) != nil
        }
        guard isRead == true else { return nil }
    }

    private mutating func read(
        _ bytes: UnsafeBufferPointer<UInt8>, at range: Range<Int>, _ key: ChainKey?
    ) throws {
        var scanner = JSONScanner(bytes)
        if bytes.first == UInt8(ascii: "\"") {
            takeText(scanner.decoded(try scanner.text()), at: range)
            // Without its quotes: a longer text goes on where the last one was.
            if let key { chain.append(blocksOf: bytes.dropFirst().dropLast(), key: key) }
        } else if bytes.first == UInt8(ascii: "["), format != .completion {
            // Many prompts at once, or one in tokens, take nothing.
            try takeList(&scanner, at: range, key)
        } else {
            chain = PromptChain()
        }
        keepTextsShort()
    }

    private mutating func takeText(_ text: String, at range: Range<Int>) {
        question = text
        textBytes = text.utf8.count
        isSelfContained = true
        switch format {
        case .completion: place = .inText(range.lowerBound + 1)
        case .responses: place = .around(range)
        // Not what these paths take: the engine will say so.
        case .chat, .messages: question = nil
        }
    }

    private mutating func takeList(_ scanner: inout JSONScanner, at range: Range<Int>, _ key: ChainKey?) throws {
        var (count, headParts, first): (Int, [String], Message?) = (0, [], nil)
        var (lastUser, last): (Message?, Message?) = (nil, nil)
        try scanner.elements { scanner in
            let start = scanner.position
            let message = try Message(&scanner)
            count += 1
            if let key { chain.append(scanner.text(start..<scanner.position), key: key) }
            textBytes += message.textBytes
            last = message
            if message.isUser { lastUser = message }
            guard first == nil else { return }
            if message.isInstruction {
                headParts.append(String(decoding: scanner.text(start..<scanner.position), as: UTF8.self))
            } else {
                first = message
                place = .before(range.lowerBound + start)
                isSelfContained = true
                return
            }
        }
        head = headParts.joined(separator: ",")
        question = lastUser?.text(scanner)
        // One user's message, and nothing but instructions before it.
        isSelfContained =
            isSelfContained && count == headParts.count + 1 && last?.isUser == true && last?.isOnlyText == true
        if first == nil { place = .atEnd(range.upperBound - 1, isFirst: count == 0) }
    }

    /// A request that waits keeps its texts: no longer ones, in bytes each. No longer prompt becomes a demonstration
    /// either.
    static let longestText = 64 << 10

    private mutating func keepTextsShort() {
        if let text = question, text.utf8.count > Self.longestText {
            question = String(decoding: text.utf8.prefix(Self.longestText), as: UTF8.self)
            isSelfContained = false
        }
        isHeadWhole = head.utf8.count <= Self.longestText
        head = Self.shortened(head)
    }

    /// What tells a long text apart from others: its beginning, its end and its length.
    private static func shortened(_ text: String) -> String {
        guard text.utf8.count > longestText else { return text }
        let ends = [text.utf8.prefix(longestText / 2), text.utf8.suffix(longestText / 2)]
        return ends.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "\(text.utf8.count)")
    }

    /// What of a message or item matters here.
    private struct Message {
        var isUser = false
        /// System and developer messages say how to answer; demonstrations come after them.
        var isInstruction = false
        private(set) var isOnlyText = false
        private var texts: [JSONText] = []

        init(_ scanner: inout JSONScanner) throws {
            guard scanner.skipSpace() == UInt8(ascii: "{") else {
                try scanner.skipValue()
                return
            }
            try scanner.members { key, scanner in
                if scanner.spells("role", key), scanner.skipSpace() == UInt8(ascii: "\"") {
                    let role = try scanner.text()
                    isUser = scanner.spells("user", role)
                    isInstruction = scanner.spells("system", role) || scanner.spells("developer", role)
                } else if scanner.spells("content", key) {
                    try takeContent(&scanner)
                } else {
                    try scanner.skipValue()
                }
            }
        }

        private mutating func takeContent(_ scanner: inout JSONScanner) throws {
            (texts, isOnlyText) = ([], true)
            switch scanner.skipSpace() {
            case UInt8(ascii: "\""): texts = [try scanner.text()]
            case UInt8(ascii: "["): try scanner.elements { scanner in try takePart(&scanner) }
            default:
                isOnlyText = scanner.text(try scanner.skipValue()).elementsEqual("null".utf8)
            }
        }

        private mutating func takePart(_ scanner: inout JSONScanner) throws {
            let before = texts.count
            if scanner.skipSpace() == UInt8(ascii: "{") {
                try scanner.members { key, scanner in
                    if scanner.spells("text", key), scanner.skipSpace() == UInt8(ascii: "\"") {
                        texts.append(try scanner.text())
                    } else {
                        try scanner.skipValue()
                    }
                }
            } else {
                try scanner.skipValue()
            }
            isOnlyText = isOnlyText && texts.count > before
        }

        var textBytes: Int { texts.reduce(0) { $0 + $1.decodedBytes } }

        func text(_ scanner: JSONScanner) -> String? {
            texts.isEmpty ? nil : texts.map { scanner.decoded($0) }.joined(separator: "\n")
        }
    }

    /// What changes in the body when the demonstrations go in, and when the request is to run on a slot, or to reuse
    /// nothing of what a slot holds.
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
