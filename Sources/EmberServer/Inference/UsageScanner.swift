import EmberCore
import Foundation
import NIOCore

/// Finds the number of tokens that an answer reports, in the first and the last few kilobytes of it.
///
/// The counts stand at the end of an answer: `usage.total_tokens` in OpenAI's shape, `input_tokens` and `output_tokens`
/// in Anthropic's, whose streams have `input_tokens` at their beginning, `timings` in llama.cpp's. Looking for the keys
/// in what is kept, at the end, costs nothing on the way of a stream.
struct UsageScanner {
    private static let keptBytes = 4096
    private var head = ByteBuffer()
    private var tail = ByteBuffer()

    /// What comes first is not copied: most answers have no more.
    mutating func read(_ chunk: ByteBuffer) {
        let (first, last) = (chunk.first(Self.keptBytes - head.readableBytes), chunk.last(Self.keptBytes))
        guard tail.readableBytes > 0 else {
            (head, tail) = (first, last)
            return
        }
        if first.readableBytes > 0 { head.writeImmutableBuffer(first) }
        tail.writeImmutableBuffer(last)
        guard tail.readableBytes > 2 * Self.keptBytes else { return }
        tail.moveReaderIndex(forwardBy: tail.readableBytes - Self.keptBytes)
        tail.discardReadBytes()
    }

    /// The end of what was read; the beginning of a line that is not whole is left out.
    var lastBytes: ByteBufferView {
        let tail = tail.readableBytesView
        guard tail.count >= Self.keptBytes, let end = tail.firstIndex(of: UInt8(ascii: "\n")) else { return tail }
        return tail[end...]
    }

    /// The number of the last event of a stream whose events are numbered.
    var lastSequence: Int? { number(after: "\"sequence_number\":", in: tail) }

    /// Tokens of prefill and decode; 0 when the answer has none.
    var tokens: Int {
        if let total = number(after: "\"total_tokens\":", in: tail) { return total }
        if let output = number(after: "\"output_tokens\":", in: tail) {
            let inputKey: StaticString = "\"input_tokens\":"
            return output + (number(after: inputKey, in: tail) ?? number(after: inputKey, in: head) ?? 0)
        }
        if let decoded = number(after: "\"predicted_n\":", in: tail) {
            return decoded + (number(after: "\"prompt_n\":", in: tail) ?? 0)
        }
        return 0
    }

    /// Tokens of prompt and answer apart, in OpenAI's shape or Anthropic's; nil when the answer does not say.
    var bill: (input: Int, output: Int)? {
        let (input, output): (StaticString, StaticString) = ("\"input_tokens\":", "\"output_tokens\":")
        if let read = number(after: "\"prompt_tokens\":", in: tail) {
            return (read, number(after: "\"completion_tokens\":", in: tail) ?? 0)
        }
        guard let written = number(after: output, in: tail) else { return nil }
        // What Anthropic's cache reads or writes is listed apart. It counts with the full price, to be safe.
        let cache: [StaticString] = ["\"cache_creation_input_tokens\":", "\"cache_read_input_tokens\":"]
        func either(_ key: StaticString) -> Int? { number(after: key, in: tail) ?? number(after: key, in: head) }
        return either(input).map { ($0 + cache.reduce(0) { $0 + (either($1) ?? 0) }, written) }
    }

    /// Tokens that the engine's slot holds behind the answer: all of the prompt, and the answer; nil when the answer
    /// does not say.
    var contextTokens: Int? {
        if let bill { return bill.input + bill.output }
        guard let promptTokens, let decoded = number(after: "\"predicted_n\":", in: tail) else { return nil }
        return promptTokens + decoded
    }

    /// Tokens of the prompt, computed or not; nil when the answer does not say.
    var promptTokens: Int? {
        bill?.input ?? number(after: "\"prompt_n\":", in: tail).map { $0 + (reusedTokens ?? 0) }
    }

    /// Tokens of the prompt that the engine did not have to compute again; nil when the answer does not say.
    var reusedTokens: Int? {
        number(after: "\"cached_tokens\":", in: tail) ?? number(after: "\"cache_n\":", in: tail)
    }

    /// What the engine took to read the prompt, in seconds; nil when the answer does not say.
    var prefillSeconds: Double? { milliseconds(after: "\"prompt_ms\":") }

    /// What a llama.cpp engine reports about its work; nil when the answer does not say.
    ///
    /// - Parameter promptBytes: of the request's body.
    func work(promptBytes: Int) -> EngineWork? {
        guard let prefilled = number(after: "\"prompt_n\":", in: tail), let prefillSeconds,
            let decoded = number(after: "\"predicted_n\":", in: tail),
            let decodeSeconds = milliseconds(after: "\"predicted_ms\":")
        else { return nil }
        return EngineWork(
            promptBytes: promptBytes, promptTokens: prefilled + (reusedTokens ?? 0), prefillTokens: prefilled,
            prefillSeconds: prefillSeconds, decodeTokens: decoded, decodeSeconds: decodeSeconds)
    }

    private func milliseconds(after key: StaticString) -> Double? {
        let text: String? = tail.withUnsafeReadableBytes { bytes in
            guard let start = Self.place(behind: key, in: bytes) else { return nil }
            let digits = bytes[start...].prefix { Self.isDigit($0) || $0 == UInt8(ascii: ".") }
            return String(decoding: digits.prefix(Self.mostDigits), as: UTF8.self)
        }
        return text.flatMap(Double.init).map { $0 / 1000 }
    }

    private func number(after key: StaticString, in bytes: ByteBuffer) -> Int? {
        bytes.withUnsafeReadableBytes { bytes in
            guard let start = Self.place(behind: key, in: bytes) else { return nil }
            let digits = bytes[start...].prefix(Self.mostDigits).prefix(while: Self.isDigit)
            return digits.isEmpty ? nil : digits.reduce(0) { 10 * $0 + Int($1 - UInt8(ascii: "0")) }
        }
    }

    private static let mostDigits = 12

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    /// Where the value behind the last `key` begins; nil when there is none.
    private static func place(behind key: StaticString, in bytes: UnsafeRawBufferPointer) -> Int? {
        let length = key.utf8CodeUnitCount
        guard bytes.count > length, let base = bytes.baseAddress else { return nil }
        for start in stride(from: bytes.count - length, through: 0, by: -1)
        where bytes[start] == key.utf8Start[0] && memcmp(base + start, key.utf8Start, length) == 0 {
            var place = start + length
            while place < bytes.count, bytes[place] == UInt8(ascii: " ") { place += 1 }
            return place
        }
        return nil
    }
}

extension ByteBuffer {
    fileprivate func first(_ count: Int) -> ByteBuffer {
        getSlice(at: readerIndex, length: min(count, readableBytes)) ?? ByteBuffer()
    }

    fileprivate func last(_ count: Int) -> ByteBuffer {
        let length = min(count, readableBytes)
        return getSlice(at: writerIndex - length, length: length) ?? ByteBuffer()
    }
}
