/// How long a vocabulary's longest token is. From that follows the least number of tokens of a text, by its bytes.
///
/// Only what is visible counts, no white space and no control characters: templates trim them, tokenizers may make
/// nothing of them.
public struct VocabularyLengths: Sendable, Equatable {
    /// Of texts as they are, with ▁ for a blank (`llama`), or byte by byte in GPT-2's alphabet (`gpt2`).
    private var plain = 0
    private var byBytes = 0
    /// The bytes that have a token of their own in GPT-2's alphabet.
    private var singles = [Bool](repeating: false, count: 256)

    init() {}

    /// A token of no more bytes changes nothing and need not be read.
    var negligibleBytes: Int { min(plain, byBytes) }

    /// Longer tokens are taken for as long as they are in all.
    static let longestRead = 4096

    mutating func take(_ token: String) {
        var (plain, byBytes) = (0, 0)
        for scalar in token.unicodeScalars {
            let length = UTF8.width(scalar)
            plain += scalar.value <= 0x20 || scalar.value == 0x2581 ? 0 : length
            byBytes += Self.byte(of: scalar).map { $0 <= 0x20 ? 0 : 1 } ?? (scalar.value <= 0x20 ? 0 : length)
        }
        (self.plain, self.byBytes) = (max(self.plain, plain), max(self.byBytes, byBytes))
        if let only = token.unicodeScalars.first, token.unicodeScalars.count == 1, let byte = Self.byte(of: only) {
            singles[Int(byte)] = true
        }
    }

    mutating func takeLong(bytes: Int) { (plain, byBytes) = (max(plain, bytes), max(byBytes, bytes)) }

    /// The visible bytes of the longest token; nil where nothing follows from bytes: WordPiece and Unigram tokenizers
    /// make one unknown token of a long word, and one that lacks a byte drops it.
    ///
    /// - Parameter tokenizer: `tokenizer.ggml.model`.
    public func longestToken(of tokenizer: String) -> Int? {
        switch tokenizer {
        // An unknown character is one token at least, of up to four bytes.
        case "llama": max(plain, 4)
        case "gpt2": Self.neededBytes.allSatisfy { singles[$0] } ? max(byBytes, 1) : nil
        default: nil
        }
    }

    /// All that counts as visible, and may stand in UTF-8.
    private static let neededBytes = Array(0x21...0xBF) + Array(0xC2...0xF0)

    /// GPT-2's alphabet: bytes that can be printed are themselves, the others follow from U+0100 on.
    private static func byte(of scalar: Unicode.Scalar) -> UInt8? {
        switch scalar.value {
        case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: UInt8(scalar.value)
        case 0x100...0x120: UInt8(scalar.value - 0x100)
        case 0x121...0x142: UInt8(scalar.value - 0x121 + 0x7F)
        case 0x143: 0xAD
        default: nil
        }
    }
}

extension GGUFHeader {
    /// The visible bytes of the vocabulary's longest token; nil where a text's bytes say nothing of its tokens.
    public var longestToken: Int? {
        guard case .string(let tokenizer)? = metadata["tokenizer.ggml.model"] else { return nil }
        return vocabulary?.longestToken(of: tokenizer)
    }
}
