public import EmberCore

/// What Ember reads of a request's body: found in one walk over its bytes that also holds it against JSON's grammar,
/// without decoding or encoding the rest, so that everything else reaches the engine byte for byte. Where a key stands
/// twice the last one counts, as in the usual parsers. O(bytes), no copies but of the model's name.
public struct RequestShape: Sendable {
    public let kind: RequestKind?
    private var named = NamedModel()
    private var wishes = RequestWishes()
    /// What its answers come to at most.
    public private(set) var bounds: AnswerBounds
    public internal(set) var measure = PromptMeasure()
    private var places = Places()
    private var end = ObjectEnd()
    var problems = MemberProblems()
    var texts = PromptTexts()

    public var isStreaming: Bool { wishes.isStreaming }
    public var streamOptions: StreamOptions { wishes.streamOptions }
    /// The most tokens that it wants as an answer, by any of the usual names.
    public var maxTokens: Int? { wishes.maxTokens }
    /// How many numbers it wants a vector to have, of embeddings; nil: as many as the model gives.
    public var dimensions: Int? { wishes.dimensions }
    /// Whether it and its answer may be kept for later requests.
    public var mayBeStored: Bool { wishes.mayBeStored }
    /// Where the prompt, or the texts, stand.
    public var promptRange: Range<Int>? { places.prompt }
    /// Where the members stand that templates write before, or around, all messages.
    public var frameRanges: [Range<Int>] { places.frame }
    public var model: String? { named.name }
    /// Where the model's value stands, quotes included.
    public var modelRange: Range<Int>? { named.range }
    public var closingBrace: Int { end.closingBrace }
    /// Whether the object has no member.
    public var isEmpty: Bool { end.isEmpty }
    /// What is wrong with the members, though they are JSON; the first thing.
    public var problem: BodyProblem? { problems.first }
    /// The same to llama-server alone; other engines may take it.
    public var engineProblem: BodyProblem? { problems.firstForEngine }

    /// - Parameter kind: nil: only the model's name is of interest.
    public init(_ bytes: some Collection<UInt8>, kind: RequestKind?) throws(BodyProblem) {
        let read = bytes.withContiguousStorageIfAvailable { Self.read($0, kind) }
        self = try (read ?? Array(bytes).withUnsafeBufferPointer { Self.read($0, kind) }).get()
    }

    private static func read(_ bytes: UnsafeBufferPointer<UInt8>, _ kind: RequestKind?) -> Result<Self, BodyProblem> {
        var shape = RequestShape(kind: kind)
        var scanner = JSONScanner(bytes, mostValues: BodyBounds.values)
        guard scanner.skipSpace() == UInt8(ascii: "{") else {
            return .failure(BodyProblem(encodingOf: bytes) ?? .noObject)
        }
        do {
            try scanner.members { key, scanner in
                shape.end.isEmpty = false
                try shape.take(key, &scanner)
            }
            shape.end.closingBrace = scanner.position - 1
            try scanner.end()
        } catch let malformed as JSONMalformed {
            return .failure(BodyProblem(encodingOf: bytes) ?? BodyProblem(malformed))
        } catch {
            return .failure(.noObject)
        }
        if shape.named.isNoString {
            return .failure(BodyProblem(param: "model", "'model' must be a string, such as \"model\": \"smollm2\"."))
        }
        shape.finish(seesReference: scanner.seesReference)
        return .success(shape)
    }

    private init(kind: RequestKind?) {
        self.kind = kind
        bounds = AnswerBounds(kind)
    }

    /// Draws up the sums, and sees what is missing.
    private mutating func finish(seesReference: Bool) {
        bounds.close(at: closingBrace, isEmpty: isEmpty, seesReference: seesReference)
        guard let kind else { return }
        if promptRange == nil {
            let key = "\(kind.promptKey)"
            problems.reportMissing(
                kind.promptKey, BodyProblem(param: key, "'\(key)' is missing: \(kind.promptExample)."))
        } else if kind == .rerank, texts.query == nil {
            problems.reportMissing(
                "query",
                BodyProblem(param: "query", "'query' is missing: write what the documents are ranked by."))
        }
        measure.add(texts.total)
    }

    // MARK: Members

    private mutating func take(_ key: JSONText, _ scanner: inout JSONScanner) throws {
        if scanner.spells("model", key) { return try named.read(&scanner) }
        guard let kind else {
            try scanner.skipValue()
            return
        }
        if scanner.spells("stream", key) { return try takeStream(&scanner) }
        if scanner.spells("stream_options", key) {
            wishes.streamOptions = try StreamOptions(&scanner)
            return
        }
        if scanner.spells("store", key) { return try takeStore(&scanner) }
        if scanner.spells(kind.promptKey, key) { return try takePrompt(kind, kind.promptKey, &scanner) }
        if let other = kind.otherPromptKey, scanner.spells(other, key) { return try takePrompt(kind, other, &scanner) }
        if let instructions = kind.instructionsKey, scanner.spells(instructions, key) {
            return try takeFrame(&scanner) { try $0.takeInstructions(&$1) }
        }
        if scanner.spells("tools", key) { return try takeFrame(&scanner) { try $0.takeTools(&$1) } }
        if scanner.spells("chat_template_kwargs", key) || scanner.spells("reasoning_effort", key) {
            return try takeFrame(&scanner) { try $1.skipValue() }
        }
        if kind == .rerank, scanner.spells("query", key) { return try takeQuery(&scanner) }
        if kind == .rerank, scanner.spells("top_n", key) { return try takeTop(&scanner) }
        if kind == .embeddings, scanner.spells("encoding_format", key) { return try takeEncoding(&scanner) }
        if kind == .embeddings, scanner.spells("dimensions", key) { return try takeDimensions(&scanner) }
        try takeNumbers(key, kind, &scanner)
    }

    private mutating func takeFrame(
        _ scanner: inout JSONScanner, _ take: (inout RequestShape, inout JSONScanner) throws -> Void
    ) throws {
        _ = scanner.skipSpace()
        let start = scanner.position
        try take(&self, &scanner)
        places.frame.append(start..<scanner.position)
    }

    private mutating func takeStream(_ scanner: inout JSONScanner) throws {
        wishes.isStreaming = try takeFlag("stream", &scanner) ?? false
    }

    private mutating func takeStore(_ scanner: inout JSONScanner) throws {
        wishes.mayBeStored = try takeFlag("store", &scanner) ?? true
    }

    /// - Returns: nil where it is null; what is neither true nor false is a problem of the request, and is false.
    private mutating func takeFlag(_ name: StaticString, _ scanner: inout JSONScanner) throws -> Bool? {
        problems.forget(name)
        let text = scanner.text(try scanner.skipValue())
        if text.elementsEqual("null".utf8) { return nil }
        if text.elementsEqual("true".utf8) { return true }
        guard !text.elementsEqual("false".utf8) else { return false }
        problems.report(name, BodyProblem(param: "\(name)", "'\(name)' must be true or false."))
        return false
    }

    private mutating func takeNumbers(_ key: JSONText, _ kind: RequestKind, _ scanner: inout JSONScanner) throws {
        let value = scanner.text(try scanner.skipValue())
        /// As chats, completions and responses name it, and llama.cpp.
        let isBound =
            scanner.spells("max_tokens", key) || scanner.spells("max_completion_tokens", key)
            || scanner.spells("max_output_tokens", key) || scanner.spells("n_predict", key)
        if isBound {
            wishes.maxTokens = Int(String(decoding: value.prefix(20), as: UTF8.self)).flatMap { $0 >= 0 ? $0 : nil }
            for case let bound? in [kind.usualBound, kind.otherBound] where scanner.spells(bound, key) {
                takeBound(bound, value)
            }
        } else if scanner.spells("n", key) || scanner.spells("n_cmpl", key) {
            bounds.takeAnswers(value, areSpread: true)
        } else if scanner.spells("best_of", key) {
            bounds.takeAnswers(value, areSpread: false)
        } else if kind == .responses, Self.refers(key, scanner) {
            bounds.takeReference()
            noteReference(key, value, scanner)
        }
    }

    /// A conversation that is kept elsewhere: no engine here keeps any, and would answer as if it had not been.
    private mutating func noteReference(
        _ key: JSONText, _ value: UnsafeBufferPointer<UInt8>.SubSequence, _ scanner: JSONScanner
    ) {
        let names: [StaticString] = ["previous_response_id", "conversation"]
        guard let name = names.first(where: { scanner.spells($0, key) }) else { return }
        problems.forget(name)
        guard !value.elementsEqual("null".utf8), !value.elementsEqual("\"\"".utf8) else { return }
        problems.reportForEngine(
            name,
            BodyProblem(
                param: "\(name)",
                "'\(name)' refers to earlier answers, and none are kept here: leave it out, and send the whole "
                    + "conversation in 'input'."))
    }

    private mutating func takeBound(_ bound: StaticString, _ value: UnsafeBufferPointer<UInt8>.SubSequence) {
        problems.forget(bound)
        guard !bounds.take(bound, value) else { return }
        problems.report(bound, BodyProblem(param: "\(bound)", "'\(bound)' must be a number of tokens, such as 256."))
    }

    /// Whether the member brings into the prompt what the upstream keeps.
    private static func refers(_ key: JSONText, _ scanner: JSONScanner) -> Bool {
        scanner.spells("previous_response_id", key) || scanner.spells("conversation", key)
            || scanner.spells("prompt", key)
    }

    private mutating func takePrompt(
        _ kind: RequestKind, _ key: StaticString, _ scanner: inout JSONScanner
    ) throws {
        problems.forget(key)
        (measure, texts.prompt) = (PromptMeasure(), PromptMeasure.Text())
        _ = scanner.skipSpace()
        let start = scanner.position
        switch kind {
        case .chat, .messages, .countTokens, .responses: try takeMessages(kind, key, &scanner)
        case .completions, .embeddings, .rerank: try takeInputs(kind, key, &scanner)
        }
        places.prompt = start..<scanner.position
        bounds.takePrompts(kind == .completions ? max(1, measure.count) : 1)
    }

    private mutating func takeInstructions(_ scanner: inout JSONScanner) throws {
        texts.instructions = PromptMeasure.Text()
        switch scanner.skipSpace() {
        case UInt8(ascii: "\""): texts.instructions.visibleBytes = try scanner.text().visibleBytes
        case UInt8(ascii: "["): texts.instructions.visibleBytes = try Self.textBytes(ofParts: &scanner)
        default: try scanner.skipValue()
        }
    }

    private static func textBytes(ofParts scanner: inout JSONScanner) throws -> Int {
        var visible = 0
        try scanner.elements { scanner in
            guard scanner.skipSpace() == UInt8(ascii: "{") else {
                try scanner.skipValue()
                return
            }
            try scanner.members { key, scanner in
                guard scanner.spells("text", key), scanner.skipSpace() == UInt8(ascii: "\"") else {
                    try scanner.skipValue()
                    return
                }
                visible += try scanner.text().visibleBytes
            }
        }
        return visible
    }

    private mutating func takeQuery(_ scanner: inout JSONScanner) throws {
        problems.forget("query")
        texts.query = PromptMeasure.Text()
        guard scanner.skipSpace() == UInt8(ascii: "\"") else {
            try scanner.skipValue()
            problems.report(
                "query", BodyProblem(param: "query", "'query' must be a string: what the documents are ranked by."))
            return
        }
        texts.query?.visibleBytes = try scanner.text().visibleBytes
    }

    private mutating func takeTop(_ scanner: inout JSONScanner) throws {
        problems.forget("top_n")
        let value = scanner.text(try scanner.skipValue())
        let isCount = value.count <= 9 && value.allSatisfy { (0x30...0x39).contains($0) }
        guard !isCount, !value.elementsEqual("null".utf8) else { return }
        problems.report("top_n", BodyProblem(param: "top_n", "'top_n' must be a whole number from 0 to 999999999."))
    }

    private mutating func takeEncoding(_ scanner: inout JSONScanner) throws {
        problems.forget("encoding_format")
        let value = scanner.text(try scanner.skipValue())
        guard value.first != UInt8(ascii: "\""), !value.elementsEqual("null".utf8) else { return }
        problems.report(
            "encoding_format",
            BodyProblem(param: "encoding_format", "'encoding_format' must be \"float\" or \"base64\"."))
    }

    private mutating func takeDimensions(_ scanner: inout JSONScanner) throws {
        problems.forget("dimensions")
        let value = scanner.text(try scanner.skipValue())
        wishes.dimensions = Int(String(decoding: value.prefix(20), as: UTF8.self)).flatMap { $0 > 0 ? $0 : nil }
        guard dimensions == nil, !value.elementsEqual("null".utf8) else { return }
        problems.report(
            "dimensions",
            BodyProblem(param: "dimensions", "'dimensions' must be how many numbers a vector is to have, such as 256."))
    }
}

/// What a request says of its answer, beside how long it may be.
private struct RequestWishes {
    var isStreaming = false
    var streamOptions = StreamOptions.none
    var maxTokens: Int?
    var dimensions: Int?
    var mayBeStored = true
}

/// Where the members stand that make the prompt.
private struct Places {
    var prompt: Range<Int>?
    var frame: [Range<Int>] = []
}

/// Where one more member may be written.
private struct ObjectEnd {
    var closingBrace = 0
    var isEmpty = true
}

extension RequestKind {
    /// What its prompt may look like, for messages.
    var promptExample: String {
        switch self {
        case .chat, .messages, .countTokens: #"write such as "messages": [{"role": "user", "content": "Hello"}]"#
        case .completions: #"write a text, a list of texts or a list of tokens, such as "prompt": "Hello""#
        case .responses: #"write a text or a list of items, such as "input": "Hello""#
        case .embeddings: #"write a text or a list of texts, such as "input": ["Hello", "Goodbye"]"#
        case .rerank: #"write a list of texts, such as "documents": ["one", "another"]"#
        }
    }
}
