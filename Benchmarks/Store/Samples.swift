import EmberCore
import EmberStore
import Foundation

/// Demonstrations of a usual size, drawn from a seed: 60 words of prompt, 30 of result, a vector of MiniLM's length.
struct Samples {
    static let dimension = 384
    static let embedder = "minilm"
    private static let words = ["edge", "model", "a", "the", "request", "answered", "yesterday", "in", "context", "of"]

    private var lots: SeededGenerator
    private var count = 0

    init(seed: UInt64) { lots = SeededGenerator(seed: seed) }

    mutating func next(of service: String) -> DemonstrationContent {
        count += 1
        return DemonstrationContent(
            service: service, model: nil, prompt: text(60), result: text(30), tokens: ["smollm2": 120], origin: .edge,
            quality: count % 3 == 0 ? lots.nextUnit() : nil, time: Double(count), request: "request-\(count)",
            embedding: Embedding(vector: vector(), embedder: Self.embedder))
    }

    mutating func vector() -> [Float] { (0..<Self.dimension).map { _ in Float(lots.nextUnit()) - 0.5 } }

    mutating func pick(_ count: Int) -> Int { Int(lots.nextUnit() * Double(count)) }

    private mutating func text(_ length: Int) -> String {
        (0..<length).map { _ in Self.words[pick(Self.words.count)] }.joined(separator: " ")
    }
}
