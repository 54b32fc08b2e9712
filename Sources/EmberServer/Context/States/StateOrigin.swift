import EmberContext

/// Whose a saved state is, and what of: names as digests that are the tenant's own.
///
/// Two kinds of states are in one archive. A *prefix* is found by its owner: demonstrations that a slot begins with. A
/// *conversation* is found by its chain.
package struct StateOrigin: Sendable, Hashable {
    let tenant: KeyedDigest
    let service: KeyedDigest
    /// The key that it was asked with.
    let key: KeyedDigest
    /// Of the model, where adapters make other states of the same prompt.
    let variant: KeyedDigest
    /// The identity of the slots that it fits (`SlotLayout`).
    let fit: String
    /// Which lasting prefix of the service's; nil: it is a conversation.
    let owner: KeyedDigest?
    /// As the prompt had it (`SlotHolding`). This alone is made without a key, of the texts that the state itself has.
    let prefix: String
    let chain: PromptChain
    /// Conversations have it in common: no longer one takes its place.
    let isShared: Bool

    init(_ prompt: SlotHolding, fitting identity: String, isShared: Bool, _ keys: StateKeys) {
        let (owner, tenant) = (prompt.owner, prompt.owner.tenant)
        self.tenant = keys.digest("tenant", of: tenant)
        service = keys.digest("service", [owner.service], of: tenant)
        key = keys.digest("key", [prompt.terms.key], of: tenant)
        variant = keys.digest("variant", [owner.variant], of: tenant)
        fit = identity
        self.owner = Self.owner(owner, keys)
        prefix = prompt.prefix
        chain = prompt.chain
        self.isShared = isShared
    }

    init(
        tenant: KeyedDigest, service: KeyedDigest, key: KeyedDigest, variant: KeyedDigest, fit: String,
        owner: KeyedDigest?, prefix: String, chain: PromptChain, isShared: Bool
    ) {
        (self.tenant, self.service, self.key, self.variant) = (tenant, service, key, variant)
        (self.fit, self.owner, self.prefix, self.chain) = (fit, owner, prefix, chain)
        self.isShared = isShared
    }

    /// nil where the owner has no lasting prefix.
    static func owner(_ owner: SlotOwner, _ keys: StateKeys) -> KeyedDigest? {
        owner.isStable
            ? keys.digest("owner", [owner.service, owner.prefix, owner.variant], of: owner.tenant) : nil
    }

    var scope: StateScope { StateScope(tenant: tenant, variant: variant, fit: fit) }

    /// Where a prompt of the owner's finds its conversation.
    static func scope(of owner: SlotOwner, fitting identity: String, _ keys: StateKeys) -> StateScope {
        StateScope(
            tenant: keys.digest("tenant", of: owner.tenant),
            variant: keys.digest("variant", [owner.variant], of: owner.tenant), fit: identity)
    }
}

/// Within which a prompt may go on with a saved conversation.
struct StateScope: Sendable, Hashable {
    let tenant: KeyedDigest
    let variant: KeyedDigest
    let fit: String
}

/// What is to be forgotten of a tenant's: everything, or what all that is named belongs to.
struct ForgottenStates: Sendable, Hashable {
    let tenant: String
    var service: String?
    /// A key's name.
    var key: String?
    /// The digest of a prompt, of which all goes that begins with it.
    var conversation: KeyedDigest?
    /// The digests of that conversation's earlier turns, which go with it.
    var earlier: Set<KeyedDigest> = []

    /// Of what slots hold.
    func includes(_ prompt: SlotHolding) -> Bool {
        prompt.owner.tenant == tenant && service.map { $0 == prompt.owner.service } ?? true
            && key.map { $0 == prompt.terms.key } ?? true && includes(prompt.chain)
    }

    private func includes(_ chain: PromptChain) -> Bool {
        guard let conversation else { return true }
        return chain.contains(conversation) || chain.id.map { earlier.contains($0) } ?? false
    }

    /// Takes in what the chains of conversations say of the one that goes.
    mutating func note(_ chains: [PromptChain]) {
        guard let conversation else { return }
        for chain in chains { earlier.formUnion(chain.beginnings(upTo: conversation)) }
    }

    /// The same of what is saved.
    func filter(_ keys: StateKeys) -> @Sendable (StateOrigin) -> Bool {
        let tenant = keys.digest("tenant", of: tenant)
        let service = service.map { keys.digest("service", [$0], of: self.tenant) }
        let key = key.map { keys.digest("key", [$0], of: self.tenant) }
        return { origin in
            origin.tenant == tenant && service.map { $0 == origin.service } ?? true
                && key.map { $0 == origin.key } ?? true && includes(origin.chain)
        }
    }
}
