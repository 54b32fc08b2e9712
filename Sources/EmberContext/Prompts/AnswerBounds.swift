import EmberCore

/// How much a request's body lets its answers, and what is read for them, come to: what they can cost at most follows
/// from it.
public struct AnswerBounds: Sendable {
    /// The tokens that an answer may have; nil: not said, or no bound.
    public private(set) var tokens: Int?
    /// How many answers are asked for.
    public var answers: Int { prompts * answersPerPrompt }
    /// The body refers to what is not in it, such as a picture's address or an earlier response: its bytes bound no
    /// tokens then.
    public private(set) var refersElsewhere = false
    /// On how many of its slots llama-server computes the answers to one prompt at once.
    public private(set) var slots = 1
    private var prompts = 1
    private var answersPerPrompt = 1
    private var key: StaticString
    private var closing = 0
    private var isEmpty = true

    init(_ kind: RequestKind?) { key = kind?.usualBound ?? "max_tokens" }

    /// Of several bounds the largest counts: whichever the engine heeds, it is no more. Less than nothing is none, as
    /// in llama.cpp.
    ///
    /// - Returns: whether it is a number, or nothing.
    mutating func take(_ bound: StaticString, _ text: UnsafeBufferPointer<UInt8>.SubSequence) -> Bool {
        key = bound
        if text.elementsEqual("null".utf8) { return true }
        guard let number = Self.number(text) else { return false }
        if number >= 0 { tokens = max(tokens ?? 0, number) }
        return true
    }

    /// - Parameter areSpread: llama-server computes them on several slots at once.
    mutating func takeAnswers(_ text: UnsafeBufferPointer<UInt8>.SubSequence, areSpread: Bool) {
        let number = Self.number(text) ?? 1
        answersPerPrompt = max(answersPerPrompt, number)
        if areSpread { slots = max(slots, number) }
    }

    mutating func takePrompts(_ count: Int) { prompts = count }

    mutating func takeReference() { refersElsewhere = true }

    /// The body has been read to its end.
    mutating func close(at closing: Int, isEmpty: Bool, seesReference: Bool) {
        (self.closing, self.isEmpty) = (closing, isEmpty)
        refersElsewhere = refersElsewhere || seesReference
    }

    /// Numbers are reckoned with: none that a request may name overflows.
    private static let largestNumber = 1 << 30
    /// No number that means anything is written with more digits.
    private static let mostDigits = 400

    private static func number(_ text: UnsafeBufferPointer<UInt8>.SubSequence) -> Int? {
        guard text.count <= mostDigits, let number = Double(String(decoding: text, as: UTF8.self)), !number.isNaN
        else { return nil }
        return Int(min(max(number, -1), Double(largestNumber)).rounded(.up))
    }

    /// Bounds the tokens of an answer by the key that the request itself has used: where one stands twice the last
    /// counts.
    public func edit(bounding tokens: Int) -> BodyEdit {
        .insertion(at: closing, #"\#(isEmpty ? "" : ",")"\#(key)":\#(tokens)"#)
    }
}
