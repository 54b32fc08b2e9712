import EmberDocument
import Foundation

/// What an import's lines mean where they say nothing.
struct LineDefaults {
    /// Where all lines go, whatever service they name; nil: each must name one.
    let service: String?
    /// In seconds since 1970.
    let time: Double
}

extension DemonstrationLine {
    /// Reads a line; the error says which field is wrong and how to put it right.
    init(_ line: [UInt8], defaults: LineDefaults) throws(FieldProblem) {
        let fields = try Self.fields(line)
        let model = try fields.text(Key.model.rawValue)
        let prompt = try fields.requiredText(Key.prompt.rawValue)
        let result = try fields.requiredText(Key.result.rawValue)
        let named = try fields.text(Key.service.rawValue)
        guard let service = defaults.service ?? named else { throw FieldProblem("service", "missing", "name one") }
        content = DemonstrationContent(
            service: service, model: model, prompt: prompt, result: result,
            tokens: try fields.counts(Key.tokens.rawValue),
            origin: try Self.origin(fields.text(Key.origin.rawValue)), quality: try fields.number(Key.quality.rawValue),
            time: try fields.number(Key.time.rawValue) ?? defaults.time,
            request: try fields.text(Key.request.rawValue) ?? Self.request(model, prompt, result),
            embedding: try Self.embedding(fields))
    }

    private static func fields(_ line: [UInt8]) throws(FieldProblem) -> LineFields {
        guard let value = try? JSONDecoder().decode(JSONValue.self, from: Data(line)), case .object(let members) = value
        else {
            let text = String(decoding: line.prefix(400), as: UTF8.self)
            throw FieldProblem("the line", Quotation.of(text), "write one JSON object a line")
        }
        return try LineFields(members, known: Key.allCases.map(\.rawValue))
    }

    private static func origin(_ name: String?) throws(FieldProblem) -> Origin {
        guard let name else { return .given }
        guard let origin = Origin(rawValue: name) else {
            let known = Origin.allCases.map(\.rawValue).joined(separator: ", ")
            throw FieldProblem("origin", Quotation.of(name), "give one of \(known), or leave it out")
        }
        return origin
    }

    private static func embedding(_ fields: LineFields) throws(FieldProblem) -> Embedding? {
        let fix = "give an object with by and vector, or leave it out"
        guard let members = try fields.object(Key.embedding.rawValue, fix) else { return nil }
        let inner = try LineFields(
            members, prefix: "\(Key.embedding.rawValue).", known: EmbeddingKey.allCases.map(\.rawValue))
        let text = try inner.requiredText(EmbeddingKey.vector.rawValue)
        guard let data = Data(base64Encoded: text), data.count % Embedding.bytesPerNumber == 0 else {
            throw FieldProblem("embedding.vector", Quotation.of(text), "give little-endian 32-bit floats in base64")
        }
        return Embedding(data: data, embedder: try inner.requiredText(EmbeddingKey.by.rawValue))
    }

    /// A request id that follows from what is said, so that the same line given again is known (FNV-1a, 64 bits).
    private static func request(_ model: String?, _ prompt: String, _ result: String) -> String {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for text in [model ?? "", prompt, result] {
            for byte in Array(text.utf8) + [0] { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        }
        return "given-" + String(hash, radix: 16)
    }
}
