import EmberCore
import Foundation
import NIOCore

/// The numbers that an answer reports about itself: `usage` in OpenAI's shape, `input_tokens` and `output_tokens` in
/// Anthropic's, whose streams have `input_tokens` at their beginning, `timings` in llama.cpp's.
///
/// All are found in one pass over the text, however many there are; where a key stands twice, the last one counts.
struct UsageFigures: Sendable {
    /// Tokens of prompt and answer, as the answer adds them up.
    private let total: Int?
    /// In OpenAI's shape, or as Anthropic's input with what its cache read or wrote.
    private let input: Int?
    private let output: Int?
    /// In Anthropic's shape, without the cache.
    private let uncachedInput: Int?
    /// Tokens of the prompt that the engine did not have to compute again; nil when the answer does not say.
    let reusedTokens: Int?
    private let timings: Timings

    /// What a llama.cpp engine reports about its work.
    private struct Timings {
        let prefilled: Int?
        let prefillSeconds: Double?
        let decoded: Int?
        let decodeSeconds: Double?
    }

    /// - Parameters:
    ///   - head: the first bytes of the answer; looked at only for what stands nowhere else.
    ///   - tail: its last bytes.
    init(head: ByteBufferView, tail: ByteBufferView) {
        self = tail.withUnsafeBytes { tail in
            head.withUnsafeBytes { head in UsageFigures(head: head, tail: tail) }
        }
    }

    private init(head: UnsafeRawBufferPointer, tail: UnsafeRawBufferPointer) {
        let places = UsageKey.places(in: tail)
        func number(_ key: UsageKey) -> Int? { places[key].flatMap(tail.integer) }
        func seconds(_ key: UsageKey) -> Double? { places[key].flatMap(tail.decimal).map { $0 / 1000 } }
        total = number(.totalTokens)
        reusedTokens = number(.cachedTokens) ?? number(.cacheN)
        timings = Timings(
            prefilled: number(.promptN), prefillSeconds: seconds(.promptMS), decoded: number(.predictedN),
            decodeSeconds: seconds(.predictedMS))
        let written = number(.outputTokens)
        guard number(.promptTokens) == nil, written != nil else {
            (input, output) = (number(.promptTokens), number(.completionTokens))
            uncachedInput = nil
            return
        }
        // Anthropic's streams say at their beginning what they have read.
        let first = UsageKey.places(in: head)
        func either(_ key: UsageKey) -> Int? { number(key) ?? first[key].flatMap(head.integer) }
        uncachedInput = either(.inputTokens)
        // What its cache reads or writes is listed apart. It counts with the full price, to be safe.
        input = uncachedInput.map { $0 + (either(.cacheCreation) ?? 0) + (either(.cacheRead) ?? 0) }
        output = written
    }

    /// Tokens of prefill and decode; 0 when the answer has none.
    var tokens: Int {
        if let total { return total }
        if let output, input == nil || uncachedInput != nil { return output + (uncachedInput ?? 0) }
        return timings.decoded.map { $0 + (timings.prefilled ?? 0) } ?? 0
    }

    /// Tokens of prompt and answer apart, in OpenAI's shape or Anthropic's; nil when the answer does not say.
    var bill: (input: Int, output: Int)? { input.map { ($0, output ?? 0) } }

    /// Tokens that the engine's slot holds behind the answer: all of the prompt, and the answer; nil when the answer
    /// does not say.
    var contextTokens: Int? {
        if let bill { return bill.input + bill.output }
        guard let promptTokens, let decoded = timings.decoded else { return nil }
        return promptTokens + decoded
    }

    /// Tokens of the prompt, computed or not; nil when the answer does not say.
    var promptTokens: Int? { input ?? timings.prefilled.map { $0 + (reusedTokens ?? 0) } }

    /// What the engine took to read the prompt, in seconds; nil when the answer does not say.
    var prefillSeconds: Double? { timings.prefillSeconds }

    /// What a llama.cpp engine reports about its work; nil when the answer does not say.
    ///
    /// - Parameter promptBytes: of the request's body.
    func work(promptBytes: Int) -> EngineWork? {
        guard let prefilled = timings.prefilled, let prefillSeconds = timings.prefillSeconds,
            let decoded = timings.decoded, let decodeSeconds = timings.decodeSeconds
        else { return nil }
        return EngineWork(
            promptBytes: promptBytes, promptTokens: prefilled + (reusedTokens ?? 0), prefillTokens: prefilled,
            prefillSeconds: prefillSeconds, decodeTokens: decoded, decodeSeconds: decodeSeconds)
    }
}

/// The keys behind which the numbers stand.
private enum UsageKey: Int, CaseIterable {
    case totalTokens, promptTokens, completionTokens, cachedTokens, inputTokens, outputTokens, cacheCreation, cacheRead
    case promptN, promptMS, predictedN, predictedMS, cacheN

    private var name: StaticString {
        switch self {
        case .totalTokens: "total_tokens"
        case .promptTokens: "prompt_tokens"
        case .completionTokens: "completion_tokens"
        case .cachedTokens: "cached_tokens"
        case .inputTokens: "input_tokens"
        case .outputTokens: "output_tokens"
        case .cacheCreation: "cache_creation_input_tokens"
        case .cacheRead: "cache_read_input_tokens"
        case .promptN: "prompt_n"
        case .promptMS: "prompt_ms"
        case .predictedN: "predicted_n"
        case .predictedMS: "predicted_ms"
        case .cacheN: "cache_n"
        }
    }

    /// The keys of that length.
    private static func keys(_ length: Int) -> [UsageKey] { length < byLength.count ? byLength[length] : [] }

    private static let byLength: [[UsageKey]] = allCases.reduce(into: []) { all, key in
        let length = key.name.utf8CodeUnitCount
        while all.count <= length { all.append([]) }
        all[length].append(key)
    }

    /// Where values begin in a text.
    struct Places {
        /// By key; -1: nowhere.
        private var starts = SIMD16<Int32>(repeating: -1)

        subscript(key: UsageKey) -> Int? { starts[key.rawValue] < 0 ? nil : Int(starts[key.rawValue]) }

        mutating func note(_ key: UsageKey, at place: Int) { starts[key.rawValue] = Int32(place) }
    }

    /// Where the values behind the last of each key begin. O(bytes).
    static func places(in bytes: UnsafeRawBufferPointer) -> Places {
        var places = Places()
        guard let base = bytes.baseAddress, var quote = bytes.quote(from: 0) else { return places }
        // Each quote may begin a key that ends at the next one: what stands in texts cannot hide a key behind it.
        while let next = bytes.quote(from: quote + 1) {
            if next + 1 < bytes.count, bytes[next + 1] == UInt8(ascii: ":") {
                let length = next - quote - 1
                for key in keys(length) where memcmp(base + quote + 1, key.name.utf8Start, length) == 0 {
                    places.note(key, at: next + 2)
                }
            }
            quote = next
        }
        return places
    }
}

extension UnsafeRawBufferPointer {
    private static let mostDigits = 12

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    /// The first quote at that place or behind it.
    fileprivate func quote(from place: Int) -> Int? {
        guard place < count, let base = baseAddress,
            let found = memchr(base + place, Int32(UInt8(ascii: "\"")), count - place)
        else { return nil }
        return UnsafeRawPointer(found) - base
    }

    private func skipSpaces(from place: Int) -> Int {
        self[place...].firstIndex { $0 != UInt8(ascii: " ") } ?? count
    }

    /// The whole number at that place, or behind spaces there; nil: there is none.
    func integer(at place: Int) -> Int? {
        let digits = self[skipSpaces(from: place)...].prefix(Self.mostDigits).prefix(while: Self.isDigit)
        return digits.isEmpty ? nil : digits.reduce(0) { 10 * $0 + Int($1 - UInt8(ascii: "0")) }
    }

    /// The same with a fraction.
    fileprivate func decimal(at place: Int) -> Double? {
        let digits = self[skipSpaces(from: place)...].prefix { Self.isDigit($0) || $0 == UInt8(ascii: ".") }
        return Double(String(decoding: digits.prefix(Self.mostDigits), as: UTF8.self))
    }
}
