/// How much a request's body lets its answers, and what is read for them, come to: what they can cost at most follows from it.
public struct AnswerBounds: Sendable {
    /// The tokens that an answer may have; nil: not said, or no bound.
    public private(set) var tokens: Int?
    /// How many answers are asked for.
    public var answers: Int { prompts * answersPerPrompt }
    /// The body refers to what is not in it, such as a picture's address or an earlier response: its bytes bound no tokens then.
    public private(set) var refersElsewhere = false
    /// The key of a bound that is no number.
    public private(set) var unreadable: String?
    /// llama-server is asked for several answers to one prompt, which run on several slots at once.
    public private(set) var isSpread = false
    private var prompts = 1
    private var answersPerPrompt = 1
    private var key: String
    private var closing = 0
    private var isEmpty = true

    /// nil where the body is no JSON object.
    public init?(_ bytes: some Collection<UInt8>, format: PromptFormat) {
        let read = bytes.withContiguousStorageIfAvailable { body in Result { try AnswerBounds(body, format) } }
        guard let read, let bounds = try? read.get() else { return nil }
        self = bounds
    }

    init(_ bytes: UnsafeBufferPointer<UInt8>, _ format: PromptFormat) throws {
        key = format.answerBounds[0]
        var scanner = JSONScanner(bytes)
        guard scanner.skipSpace() == UInt8(ascii: "{") else { throw JSONScanner.Malformed(position: 0) }
        try scanner.members { key, value, scanner in
            isEmpty = false
            for bound in format.answerBounds where scanner.spells(bound, at: key) { take(bound, scanner.text(value)) }
            for count in ["n", "n_cmpl", "best_of"] where scanner.spells(count, at: key) {
                let number = Self.number(scanner.text(value)) ?? 1
                answersPerPrompt = max(answersPerPrompt, number)
                if count != "best_of", number > 1 { isSpread = true }
            }
            for reference in format.references where scanner.spells(reference, at: key) { refersElsewhere = true }
            if format == .completion, scanner.spells(format.key, at: key) {
                prompts = try Self.prompts(in: UnsafeBufferPointer(rebasing: scanner.text(value)))
            }
        }
        closing = scanner.position - 1
        refersElsewhere = refersElsewhere || Self.holdsReference(bytes)
    }

    /// Of several bounds the largest counts: whichever the engine heeds, it is no more. Less than nothing is none, as in llama.cpp.
    private mutating func take(_ bound: String, _ text: UnsafeBufferPointer<UInt8>.SubSequence) {
        key = bound
        if text.elementsEqual("null".utf8) { return }
        guard let number = Self.number(text) else { return unreadable = bound }
        if number >= 0 { tokens = max(tokens ?? 0, number) }
    }

    /// Numbers are reckoned with: none that a request may name overflows.
    private static let largestNumber = 1 << 30

    private static func number(_ text: UnsafeBufferPointer<UInt8>.SubSequence) -> Int? {
        guard let number = Double(String(decoding: text, as: UTF8.self)), !number.isNaN else { return nil }
        return Int(min(max(number, -1), Double(largestNumber)).rounded(.up))
    }

    /// How many prompts a completion has: many at once, unless it is one that is written in tokens.
    private static func prompts(in bytes: UnsafeBufferPointer<UInt8>) throws -> Int {
        guard bytes.first == UInt8(ascii: "[") else { return 1 }
        var scanner = JSONScanner(bytes)
        let elements = try scanner.elements()
        let isOne = elements.first.map { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[$0.lowerBound]) }
        return isOne == false ? elements.count : 1
    }

    /// Whether some member's value begins as an address does, or a file is named. O(bytes).
    private static func holdsReference(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        for (place, byte) in bytes.enumerated() where byte == UInt8(ascii: "\"") {
            let rest = bytes[place...]
            if rest.starts(with: "\"file_id\"".utf8) { return true }
            guard rest.starts(with: "\"http".utf8) else { continue }
            let before = bytes[..<place].last { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
            if before == UInt8(ascii: ":") { return true }
        }
        return false
    }

    /// Bounds the tokens of an answer by the key that the request itself has used: where one stands twice the last counts.
    public func edit(bounding tokens: Int) -> BodyEdit {
        .insertion(at: closing, #"\#(isEmpty ? "" : ",")"\#(key)":\#(tokens)"#)
    }
}
