import NIOCore

/// Finds the number of tokens that an answer reports, in the last few kilobytes of it.
///
/// The counts stand at the end of an answer: `usage.total_tokens` in OpenAI's shape, `input_tokens` and `output_tokens`
/// in Anthropic's, `timings` in llama.cpp's. Looking for the keys in the tail costs nothing on the way of a stream.
struct UsageScanner {
    private static let tailBytes = 4096
    private var tail: [UInt8] = []

    mutating func read(_ chunk: ByteBuffer) {
        tail.append(contentsOf: chunk.readableBytesView.suffix(Self.tailBytes))
        if tail.count > 2 * Self.tailBytes { tail.removeFirst(tail.count - Self.tailBytes) }
    }

    /// Tokens of prefill and decode; 0 when the answer tells none.
    var tokens: Int {
        if let total = number(after: "\"total_tokens\":") { return total }
        if let output = number(after: "\"output_tokens\":") {
            return output + (number(after: "\"input_tokens\":") ?? 0)
        }
        if let decoded = number(after: "\"predicted_n\":") { return decoded + (number(after: "\"prompt_n\":") ?? 0) }
        return 0
    }

    private func number(after key: StaticString) -> Int? {
        let pattern = UnsafeBufferPointer(start: key.utf8Start, count: key.utf8CodeUnitCount)
        guard tail.count > pattern.count else { return nil }
        for start in stride(from: tail.count - pattern.count, through: 0, by: -1)
        where tail[start] == pattern[0] && tail[start...].starts(with: pattern) {
            let digits = tail[(start + pattern.count)...].drop { $0 == 0x20 }.prefix { (0x30...0x39).contains($0) }
            return Int(String(decoding: digits.prefix(12), as: UTF8.self))
        }
        return nil
    }
}
