import EmberContext
import Foundation

/// A whole answer in Ollama's form.
enum OllamaWhole {
    /// - Parameter bytes: an answer in OpenAI's form.
    /// - Throws: where it is none.
    static func answer(
        _ bytes: UnsafeBufferPointer<UInt8>, _ lines: OllamaLines, dimensions: Int?, _ times: OllamaTimes
    ) throws -> [UInt8] {
        switch lines.form {
        case .chat, .generate: try text(bytes, lines, times)
        case .embed, .embeddings: try embeddings(bytes, lines, dimensions, times)
        }
    }

    private static func text(
        _ bytes: UnsafeBufferPointer<UInt8>, _ lines: OllamaLines, _ times: OllamaTimes
    ) throws -> [UInt8] {
        let piece = try ChatPiece(bytes)
        var calls = OllamaCalls()
        calls.take(piece.calls)
        let (whole, cut) = calls.takeWhole()
        return lines.part(
            piece.content ?? cut, thinking: piece.thinking, calls: whole, likelihoods: piece.likelihoods,
            end: OllamaEnd(finish: piece.finish, counts: piece.counts, times: times))
    }

    // MARK: Embeddings

    private static func embeddings(
        _ bytes: UnsafeBufferPointer<UInt8>, _ lines: OllamaLines, _ dimensions: Int?, _ times: OllamaTimes
    ) throws -> [UInt8] {
        let answer = try JSONMembers(bytes)
        let vectors = try vectors(in: answer)
        var written = JSONObjectText()
        guard lines.form == .embed else {
            written.add("embedding", json: vectors.first.map(Array.init) ?? Array("[]".utf8))
            return written.bytes
        }
        var list = JSONArrayText()
        for vector in vectors {
            if let dimensions {
                list.add(json: try ShorterVectors.cut(vector, to: dimensions))
            } else {
                list.add(json: vector)
            }
        }
        written.add("model", lines.model)
        written.add("embeddings", json: list.bytes)
        times.write(to: &written)
        let counts = try ChatCounts(usage: answer["usage"], timings: answer["timings"])
        written.add("prompt_eval_count", ifKnown: counts.promptTokens)
        return written.bytes
    }

    /// In the order of the inputs.
    private static func vectors(in answer: JSONMembers) throws -> [JSONMembers.Value] {
        guard let data = answer["data"], data.isArray else { throw JSONMembers.NoObject() }
        let entries = try data.elements().enumerated().map { place, entry in
            let entry = try JSONMembers(entry)
            guard let vector = entry["embedding"], vector.isArray else { throw JSONMembers.NoObject() }
            return (place: entry["index"]?.integer ?? place, vector)
        }
        return entries.sorted { $0.place < $1.place }.map(\.1)
    }
}
