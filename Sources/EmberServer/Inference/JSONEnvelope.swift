import EmberContext

/// The few fields of a request's JSON body that Ember reads, found without decoding or re-encoding the rest, so that
/// everything else reaches the engine byte for byte.
///
/// Only as much is checked as is needed to find the top-level fields; the engine judges the rest. Where a key stands
/// twice the last one counts, as in the usual parsers. O(bytes), no copies but the model's name.
struct JSONEnvelope: Equatable {
    var model: String?
    /// Where the model's value stands, quotes included.
    var modelRange: Range<Int>?
    var isStreaming = false
    var streamOptions = StreamOptions.none
    /// The most tokens that it wants as an answer.
    var maxTokens: Int?

    /// Where the object ends, and whether it has no member.
    private(set) var closingBrace = 0
    private(set) var isEmpty = true

    enum Problem: Error, Equatable {
        case notAnObject
        case malformed(at: Int)
        case modelIsNoString
    }

    init(_ bytes: some RandomAccessCollection<UInt8>) throws(Problem) {
        let found = bytes.withContiguousStorageIfAvailable { Self.scan($0) }
        self = try (found ?? Array(bytes).withUnsafeBufferPointer(Self.scan)).get()
    }

    private static func scan(_ bytes: UnsafeBufferPointer<UInt8>) -> Result<JSONEnvelope, Problem> {
        var scanner = JSONScanner(bytes)
        do throws(Problem) { return .success(try JSONEnvelope(&scanner)) } catch { return .failure(error) }
    }

    private init(_ scanner: inout JSONScanner) throws(Problem) {
        guard scanner.skipSpace() == UInt8(ascii: "{") else { throw .notAnObject }
        do {
            try scanner.members { key, value, scanner in
                isEmpty = false
                try take(key: key, value: value, scanner)
            }
            closingBrace = scanner.position - 1
        } catch let malformed as JSONScanner.Malformed {
            throw .malformed(at: malformed.position)
        } catch let problem as Problem {
            throw problem
        } catch {
            throw .malformed(at: scanner.position)
        }
    }

    /// As chats, completions and responses name it, and llama.cpp.
    private static let bounds = [
        "max_tokens", "max_completion_tokens", "max_output_tokens", "n_predict",
    ]

    private mutating func take(key: Range<Int>, value: Range<Int>, _ scanner: JSONScanner) throws(Problem) {
        if scanner.spells("model", at: key) {
            guard let name = scanner.decodedString(value) else { throw .modelIsNoString }
            (model, modelRange) = (name, value)
        } else if scanner.spells("stream", at: key) {
            isStreaming = scanner.text(value).elementsEqual("true".utf8)
        } else if scanner.spells("stream_options", at: key) {
            streamOptions = StreamOptions(value, scanner)
        } else if Self.bounds.contains(where: { scanner.spells($0, at: key) }) {
            maxTokens = Int(String(decoding: scanner.text(value), as: UTF8.self)).flatMap { $0 >= 0 ? $0 : nil }
        }
    }
}
