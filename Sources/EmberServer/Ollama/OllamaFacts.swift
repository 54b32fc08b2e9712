import EmberEngine
import EmberModels
import EmberSystem
import Foundation
import Synchronization

/// What Ollama's lists say of a model: its files as they now are, and what their header says.
struct OllamaFacts: Sendable {
    /// Of all its files; 0 where it has none.
    var bytes = 0
    /// In seconds since 1970; nil: it has no file.
    var modified: Double?
    /// nil: it has none that is understood.
    var header: GGUFHeader?
    var template: String?
}

/// The facts of all models, each file's header read once. Reading them blocks, so it has a queue of its own.
final class OllamaLibrary: Sendable {
    private struct Known: Sendable {
        let stamps: [FileStamp?]
        let facts: OllamaFacts
    }

    /// By the path of the model's file.
    private let known = Mutex<[String: Known]>([:])
    private let queue: WorkQueue

    init(_ surroundings: Surroundings) { queue = surroundings.queue("ember.ollama", isUrgent: false) }

    func facts(of models: [ServedModel]) async -> [OllamaFacts] {
        await queue.run { models.map(self.facts) }
    }

    private func facts(of model: ServedModel) -> OllamaFacts {
        guard case .llamaServer(let options)? = model.engine?.launch else { return OllamaFacts() }
        let stamps = options.weightFiles.map { FileStamp(file: $0) }
        if let known = known.withLock({ $0[options.modelPath] }), known.stamps == stamps { return known.facts }
        var facts = OllamaFacts()
        facts.bytes = stamps.reduce(0) { $0 + ($1?.bytes ?? 0) }
        facts.modified = stamps.compactMap { $0?.modified }.max().map { Double($0) / 1_000_000_000 }
        facts.header = try? GGUFHeader.read(file: options.modelPath, keepingStrings: Self.longestTemplate)
        if case .string(let template)? = facts.header?.metadata["tokenizer.chat_template"] {
            facts.template = template
        }
        let read = Known(stamps: stamps, facts: facts)
        known.withLock { $0[options.modelPath] = read }
        return facts
    }

    private static let longestTemplate = 1 << 20
}
