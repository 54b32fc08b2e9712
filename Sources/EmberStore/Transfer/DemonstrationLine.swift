import Foundation

/// A demonstration as a line of JSON: what an export writes and an import reads. Tenant and id are the store's own.
struct DemonstrationLine: Encodable {
    let content: DemonstrationContent

    enum Key: String, CodingKey, CaseIterable {
        case service, model, prompt, result, tokens, origin, quality, time, request, embedding
    }

    enum EmbeddingKey: String, CodingKey, CaseIterable {
        case by
        /// Float32, little-endian, in base64: exact, and a third of the numbers' text.
        case vector
    }

    /// With the line's end.
    var bytes: [UInt8] {
        get throws(StoreError) {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            do {
                return Array(try encoder.encode(self)) + [UInt8(ascii: "\n")]
            } catch {
                // Whatever came into the store is texts and finite numbers.
                throw .failed(path: "export of request \(content.request)", reason: "\(error)")
            }
        }
    }

    func encode(to encoder: any Encoder) throws {
        var line = encoder.container(keyedBy: Key.self)
        try line.encode(content.service, forKey: .service)
        try line.encodeIfPresent(content.model, forKey: .model)
        try line.encode(content.prompt, forKey: .prompt)
        try line.encode(content.result, forKey: .result)
        if !content.tokens.isEmpty { try line.encode(content.tokens, forKey: .tokens) }
        try line.encode(content.origin.rawValue, forKey: .origin)
        try line.encodeIfPresent(content.quality, forKey: .quality)
        try line.encode(content.time, forKey: .time)
        try line.encode(content.request, forKey: .request)
        guard let embedding = content.embedding else { return }
        var inner = line.nestedContainer(keyedBy: EmbeddingKey.self, forKey: .embedding)
        try inner.encode(embedding.embedder, forKey: .by)
        try inner.encode(embedding.data.base64EncodedString(), forKey: .vector)
    }
}
