package import EmberConfig
package import EmberContext

/// A prompt, as a slot holds it or as a request brings it.
///
/// A class, as each request hands it on several times and all slots of an engine are compared by it.
package final class SlotHolding: Hashable, Sendable {
    let owner: SlotOwner
    /// The digest of what the prompt begins with.
    let prefix: String
    /// Its pieces, without demonstrations.
    let chain: PromptChain
    let terms: KeepTerms

    package init(
        owner: SlotOwner, prefix: String, chain: PromptChain = PromptChain(), terms: KeepTerms = KeepTerms()
    ) {
        (self.owner, self.prefix, self.chain, self.terms) = (owner, prefix, chain, terms)
    }

    /// The same prompt, which is never saved.
    var withoutSaving: SlotHolding {
        SlotHolding(owner: owner, prefix: prefix, chain: chain, terms: KeepTerms(key: terms.key, keep: .none))
    }

    package static func == (one: SlotHolding, other: SlotHolding) -> Bool {
        one === other
            || one.owner == other.owner && one.prefix == other.prefix && one.chain == other.chain
                && one.terms == other.terms
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(owner)
        hasher.combine(prefix)
        hasher.combine(chain)
    }

    /// Bytes that both prompts begin with; 0 where demonstrations before them differ.
    func sharedBytes(with prompt: SlotHolding) -> Int {
        guard owner.tenant == prompt.owner.tenant, owner.variant == prompt.owner.variant, prefix == prompt.prefix else {
            return 0
        }
        return chain.sharedBytes(with: prompt.chain)
    }

    /// What a prompt gains that follows this one in its slot: bytes that need not be computed again; 0 where there are
    /// none, or where more would be lost of this one.
    ///
    /// - Parameter extent: how much of what a slot holds its engine can use.
    func gain(for prompt: SlotHolding, reusing extent: ReuseExtent = .anywhere) -> Int {
        guard owner.tenant == prompt.owner.tenant, owner.variant == prompt.owner.variant else { return 0 }
        if owner == prompt.owner, owner.isStable, prefix != prompt.prefix {
            return extent == .anywhere ? Self.changedGain : 0
        }
        guard extent.serves(chain, prompt.chain) else { return 0 }
        let shared = chain.sharedBytes(with: prompt.chain)
        // Demonstrations come before the conversation, and have all of a window.
        if owner == prompt.owner, owner.isStable { return Self.stableGain + shared }
        guard !owner.isStable, !prompt.owner.isStable else { return 0 }
        return chain.bytes - shared <= shared ? shared : 0
    }

    private static let stableGain = 1 << 40
    private static let changedGain = 1 << 39
}

/// On what terms a prompt's KV state may be saved.
package struct KeepTerms: Hashable, Sendable {
    /// The name of the key that it was asked with; empty where there are no keys.
    let key: String
    /// How long it stays, at most; `none`: it is not saved.
    let keep: StateKeep

    package init(key: String = "", keep: StateKeep = .unlimited) { (self.key, self.keep) = (key, keep) }
}

/// Whose prompts a slot is for: one prefix of a tenant's service.
package struct SlotOwner: Hashable, Sendable {
    let tenant: String
    let service: String
    /// The model's name where it is a variant: adapters make other KV states of the same prompt.
    let variant: String
    /// Which of the service's prefixes; empty for requests without a prefix that would stay.
    var prefix: String

    package init(tenant: String, service: String, variant: String = "", prefix: String = "") {
        (self.tenant, self.service, self.variant, self.prefix) = (tenant, service, variant, prefix)
    }

    /// Whether its KV state is worth keeping.
    var isStable: Bool { !prefix.isEmpty }
}
