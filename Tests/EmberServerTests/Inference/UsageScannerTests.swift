import EmberCore
import NIOCore
import Testing

@testable import EmberServer

@Suite struct UsageScannerTests {
    struct Answer: Sendable, CustomTestStringConvertible {
        var name: String
        var text: String
        var tokens: Int
        var testDescription: String { name }
    }

    static let answers = [
        Answer(
            name: "OpenAI",
            text: #"{"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":7,"total_tokens":12}}"#, tokens: 12),
        Answer(
            name: "OpenAI with spaces",
            text: #"{"usage": {"prompt_tokens": 5, "total_tokens":   12, "completion_tokens": 7}}"#, tokens: 12),
        Answer(
            name: "OpenAI stream whose last piece has the usage",
            text: "data: {\"usage\":null}\n\ndata: {\"usage\":{\"total_tokens\":34}}\n\ndata: [DONE]\n\n", tokens: 34),
        Answer(
            name: "the last report counts",
            text: #"{"usage":{"total_tokens":1}} {"usage":{"total_tokens":2}}"#, tokens: 2),
        Answer(
            name: "Anthropic",
            text: #"{"usage":{"input_tokens":11,"cache_read_input_tokens":900,"output_tokens":22}}"#, tokens: 33),
        Answer(
            name: "Anthropic stream",
            text: "event: message_start\ndata: {\"message\":{\"usage\":{\"input_tokens\":11,\"output_tokens\":1}}}\n\n"
                + "event: message_delta\ndata: {\"usage\":{\"output_tokens\":22}}\n\n", tokens: 33),
        Answer(
            name: "llama.cpp",
            text: #"{"content":"x","timings":{"prompt_n":3,"prompt_ms":1.5,"predicted_n":4,"predicted_ms":9}}"#,
            tokens: 7),
        Answer(name: "nothing", text: #"{"data":[{"embedding":[0.1,0.2]}]}"#, tokens: 0),
        Answer(name: "a text about the key", text: #"{"content":"say \"total_tokens\":99 aloud"}"#, tokens: 0),
        Answer(name: "a count that is no number", text: #"{"usage":{"total_tokens":null}}"#, tokens: 0),
        Answer(
            name: "a count beyond reason", text: #"{"total_tokens":99999999999999999999999999}"#,
            tokens: 999_999_999_999),
        Answer(name: "empty", text: "", tokens: 0),
    ]

    @Test(arguments: answers)
    func findsTheCountInOnePiece(_ answer: Answer) {
        #expect(tokens(of: [answer.text]) == answer.tokens)
    }

    @Test(arguments: answers)
    func findsTheCountInEveryTwoPieces(_ answer: Answer) {
        for cut in 0...answer.text.utf8.count {
            let bytes = Array(answer.text.utf8)
            var scanner = UsageScanner()
            scanner.read(ByteBuffer(bytes: bytes[..<cut]))
            scanner.read(ByteBuffer(bytes: bytes[cut...]))
            #expect(scanner.figures.tokens == answer.tokens, "cut at \(cut)")
        }
    }

    @Test(arguments: 0..<10)
    func findsTheCountAtTheEndOfALongStream(_ seed: UInt64) {
        var lots = SeededGenerator(seed: seed)
        for answer in Self.answers where answer.text.utf8.count > 0 {
            let filling = String(repeating: "data: {\"content\":\"word\"}\n\n", count: 2000)
            var bytes = Array((filling + answer.text)[...].utf8)[...]
            var scanner = UsageScanner()
            while !bytes.isEmpty {
                let size = Int.random(in: 1...(Bool.random(using: &lots) ? 40 : 20_000), using: &lots)
                scanner.read(ByteBuffer(bytes: bytes.prefix(size)))
                bytes = bytes.dropFirst(size)
            }
            #expect(scanner.figures.tokens == answer.tokens, "\(answer.name)")
        }
    }

    @Test func findsTheInputOfALongAnthropicStreamAtItsBeginning() {
        let start = "event: message_start\ndata: {\"message\":{\"usage\":{\"input_tokens\":11}}}\n\n"
        let piece = "event: content_block_delta\ndata: {\"delta\":{\"text\":\"word\"}}\n\n"
        let end = "event: message_delta\ndata: {\"usage\":{\"output_tokens\":22}}\n\n"
        #expect(tokens(of: [start] + Array(repeating: piece, count: 1000) + [end]) == 33)
    }

    private func tokens(of pieces: [String]) -> Int {
        var scanner = UsageScanner()
        for piece in pieces { scanner.read(ByteBuffer(string: piece)) }
        return scanner.figures.tokens
    }

    @Test func llamaCppTellsItsWork() {
        func work(_ text: String) -> EngineWork? {
            var usage = UsageScanner()
            usage.read(ByteBuffer(string: text))
            return usage.figures.work(promptBytes: 40)
        }
        #expect(
            work(
                #"{"timings":{"cache_n":100,"prompt_n":3,"prompt_ms":12.5,"predicted_n":4,"predicted_ms":250.125,"#
                    + #""predicted_per_second":16}}"#)
                == EngineWork(
                    promptBytes: 40, promptTokens: 103, prefillTokens: 3, prefillSeconds: 0.0125, decodeTokens: 4,
                    decodeSeconds: 0.250125))
        #expect(work(#"{"usage":{"prompt_tokens":5,"completion_tokens":7,"total_tokens":12}}"#) == nil)
        #expect(work(#"{"timings":{"prompt_n":3,"prompt_ms":1.2.3,"predicted_n":4,"predicted_ms":9}}"#) == nil)
    }
}
