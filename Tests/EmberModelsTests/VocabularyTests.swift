import EmberModels
import EmberTestSupport
import Foundation
import Testing

@Suite struct VocabularyTests {
    private let folder: TestFolder

    init() throws { folder = try TestFolder() }

    private func longestToken(_ tokenizer: String?, _ tokens: [String]) throws -> Int? {
        var writer = GGUFTestWriter.smallModel()
        writer.entries.removeAll { $0.0.hasPrefix("tokenizer.ggml") }
        if let tokenizer { writer.entries.append(("tokenizer.ggml.model", .string(tokenizer))) }
        writer.entries.append(("tokenizer.ggml.tokens", .strings(tokens)))
        return try GGUFHeader.read(file: folder.write(writer.bytes(), as: "vocabulary.gguf")).longestToken
    }

    /// GPT-2's alphabet: a character for each byte.
    private let alphabet: [String] = {
        let own = Array(0x21...0x7E) + Array(0xA1...0xAC) + Array(0xAE...0xFF)
        let others = (0x100...0x143).map { $0 }
        return (own + others).compactMap { Unicode.Scalar(UInt32($0)).map { String($0) } }
    }()

    @Test func bytesOfATokenAreCountedWithoutWhiteSpace() throws {
        #expect(try longestToken("gpt2", alphabet) == 1)
        #expect(try longestToken("gpt2", alphabet + ["Ġhello", "ĊĠĠĠĠĠĠĠĠĠĠĠĠĠĠĠ", "Ã©ÃªÃ«"]) == 6)
        #expect(try longestToken("gpt2", ["<|im_start|>"] + alphabet + ["ab"]) == 12)
        #expect(try longestToken("gpt2", alphabet + ["＜長いトークン＞"]) == 24)
        #expect(try longestToken("gpt2", alphabet + [String(repeating: "-", count: 5000)]) == 5000)
        #expect(try longestToken("llama", ["<unk>", "▁hello", "▁▁▁▁▁▁▁▁▁▁", "漢字"]) == 6)
        // An unknown character is one token.
        #expect(try longestToken("llama", ["a", "b"]) == 4)
    }

    /// Such a tokenizer drops the byte, or makes one token of a whole word.
    @Test func whereATextMayVanishNothingFollowsFromItsBytes() throws {
        #expect(try longestToken("gpt2", alphabet.filter { $0 != "x" }) == nil)
        #expect(try longestToken("gpt2", alphabet.filter { $0 != "Ģ" }) == nil)
        for tokenizer in ["bert", "t5", "rwkv", "plamo2", "gemma4", "none", "new"] {
            #expect(try longestToken(tokenizer, alphabet) == nil)
        }
        #expect(try longestToken(nil, alphabet) == nil)
    }

    /// A vocabulary of today's largest is read in no time: of most tokens only the length.
    @Test func aLargeVocabularyIsMeasured() throws {
        let tokens = (0..<262_144).map { "t\($0)" }
        let began = ContinuousClock.now
        #expect(try longestToken("llama", tokens) == 7)
        #expect(began.duration(to: .now) < .seconds(20))
    }
}
