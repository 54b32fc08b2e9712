import EmberContext
import EmberCore
import EmberStore

/// What is known of a request's context before it is known where it runs.
///
/// A class, as it is long, is handed on at every step of its way, and does not change.
final class ContextPlan: Sendable {
    /// Feedback refers to it.
    let request: String
    let asker: Asker
    let service: ServiceID
    let serviceName: String
    /// That it runs on, once that is known.
    let model: ModelID
    /// The model's name where it is a variant.
    let variant: String
    let settings: ServiceContext
    let prompt: PromptBody
    let isStreaming: Bool
    /// How demonstrations are chosen for it, and how many at most.
    let mode: SelectionMode
    let count: Int
    /// Where its text lies; nil: not known.
    let vector: Embedding?

    init(
        request: String, asker: Asker, service: ServiceID, serviceName: String, model: ModelID, variant: String = "",
        settings: ServiceContext, prompt: PromptBody, isStreaming: Bool, mode: SelectionMode, count: Int,
        vector: Embedding?
    ) {
        (self.request, self.asker, self.service, self.serviceName) = (request, asker, service, serviceName)
        (self.model, self.variant, self.settings, self.prompt) = (model, variant, settings, prompt)
        (self.isStreaming, self.mode, self.count, self.vector) = (isStreaming, mode, count, vector)
    }

    /// The same for the model that the request runs on.
    ///
    /// - Parameter variant: the model's name where it is a variant.
    func on(_ model: ModelID, variant: String) -> ContextPlan {
        if model == self.model, variant == self.variant { return self }
        return ContextPlan(
            request: request, asker: asker, service: service, serviceName: serviceName, model: model, variant: variant,
            settings: settings, prompt: prompt, isStreaming: isStreaming, mode: mode, count: count, vector: vector)
    }

    /// Its answer may become a demonstration.
    var teaches: Bool { settings.source == .learn && prompt.isSelfContained && prompt.bounds.answers == 1 }

    var tenant: String { asker.tenant }

    /// Whether its conversation may be saved to disk at all.
    var keeps: Bool { asker.terms.keep > .none }

    /// What the request asks of its engine's slots.
    func wish(_ selection: Selection) -> SlotWish {
        let (owner, prefix) = prefix(of: selection)
        return SlotWish(
            prompt: SlotHolding(owner: owner, prefix: prefix, chain: prompt.chain, terms: asker.terms),
            canChoose: prompt.format.canChooseSlot, answers: prompt.bounds.slots)
    }

    /// Whose slot the request should have, and the digest of what its prompt begins with.
    func prefix(of selection: Selection) -> (owner: SlotOwner, digest: String) {
        var owner = SlotOwner(tenant: tenant, service: serviceName, variant: variant)
        guard selection.stableCount > 0 else {
            // A conversation is found by its chain.
            return (owner, "")
        }
        let head = Digest.hex([prompt.head], bytes: 4)
        owner.prefix = "\(prompt.format) \(selection.mode) \(count) \(selection.prefix) \(head)"
        let stable = selection.turns.prefix(selection.stableCount).flatMap { [$0.prompt, $0.result] }
        return (owner, Digest.hex([prompt.head] + stable, bytes: 8))
    }
}

/// Who asks, and on what terms that may be saved.
struct Asker: Sendable {
    let tenant: String
    let terms: KeepTerms
}

/// What a request says about its own context.
struct ContextChoice: Sendable {
    var mode: SelectionMode?
    var examples: Int?
    /// Whether the request's conversation may be saved to disk.
    var mayBeKept = true
}

/// What a request has taken of its engine's context.
struct ContextUse: Sendable {
    var selection = Selection()
    var edits: [BodyEdit] = []
    var lease: SlotLease?
    /// The slots of its engine; nil where the engine has none that Ember knows of.
    var slots: EngineSlots?
    var relevance = 1.0
}
