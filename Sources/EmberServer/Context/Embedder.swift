import EmberCore
import EmberStore
import Logging

/// Finds out where texts lie, by the model that the configuration names; what was asked lately is remembered.
actor Embedder {
    private let coordinator: Coordinator
    /// The model's name in the configuration; the id that it has may change with that.
    private let modelName: String
    private let talk: EngineTalk
    private var known: [Key: [Float]] = [:]

    /// By tenant: how soon an embedding is there must not show that another tenant has asked for the same text.
    private struct Key: Hashable {
        let tenant: String
        let text: String
        /// Of the model as its file is.
        let name: String
    }

    /// Texts remembered; beyond that all are forgotten.
    private static let mostKnown = 4096
    /// What a small model takes at once, about; the rest of a text says little more of what it is about.
    private static let longestText = 800
    /// A request does not wait longer for it: the model may be loading.
    static let patienceSeconds = 2.0

    init(coordinator: Coordinator, model: String, talk: EngineTalk) {
        self.coordinator = coordinator
        modelName = model
        self.talk = talk
    }

    /// Tells vectors of different files apart: those of another model of the same length would be compared in vain.
    nonisolated var name: String {
        let state = coordinator.deployment.state
        return state.model(named: modelName).map { state[$0].identifyingName } ?? modelName
    }

    /// Where a text lies; nil where the model is not there soon.
    func embedding(of text: String, tenant: String) async -> Embedding? {
        await embeddings(of: [text], tenant: tenant, within: Self.patienceSeconds)?.first
    }

    /// Where texts lie; nil where the model does not answer, or is not resident within these seconds.
    func embeddings(of texts: [String], tenant: String, within seconds: Double) async -> [Embedding]? {
        let name = name
        let keys = texts.map { Key(tenant: tenant, text: String($0.prefix(Self.longestText)), name: name) }
        let missing = keys.filter { known[$0] == nil }
        if !missing.isEmpty {
            guard let vectors = await ask(missing.map(\.text), within: seconds) else { return nil }
            if known.count + missing.count > Self.mostKnown { known = known.filter { keys.contains($0.key) } }
            for (key, vector) in zip(missing, vectors) { known[key] = vector }
        }
        let found = keys.compactMap { known[$0] }.map { Embedding(vector: $0, embedder: name) }
        return found.count == texts.count ? found : nil
    }

    private func ask(_ texts: [String], within seconds: Double) async -> [[Float]]? {
        // Texts of all services come here, also of those that never leave.
        let fingerprint = texts.hashValue
        let state = coordinator.deployment.state
        guard let model = state.model(named: modelName) else { return nil }
        let admission = await coordinator.admit(
            service: state.defaultService, model: model, mayLeave: false, asOf: state.generation,
            fingerprint: coordinator.fatal.isEmpty ? nil : fingerprint)
        var outcome = admission.outcome
        if outcome == nil { outcome = await coordinator.outcome(of: admission.ticket, within: seconds) }
        guard case .edge(let route) = outcome else {
            await coordinator.cancel(admission.ticket)
            return nil
        }
        if !coordinator.fatal.isEmpty, await coordinator.isFatal(admission.ticket, fingerprint, on: route) {
            await coordinator.cancel(admission.ticket)
            return nil
        }
        do {
            let vectors = try await talk.embed(texts, by: state[model].name, of: route.engine)
            await coordinator.finish(admission.ticket, tokens: 0)
            return vectors
        } catch {
            if let exit = await coordinator.within({ await $0.engines.confirm(route, for: $0) }),
                exit.mayBlameRequest(wasAnswering: false)
            {
                await coordinator.noteDeath(of: admission.ticket, fingerprint, on: route)
            }
            await coordinator.fail(admission.ticket, retryable: false)
            return nil
        }
    }
}
