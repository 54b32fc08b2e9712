import EmberContext

/// What several conversations of a tenant begin with, such as a system prompt with its tools.
enum SharedBeginnings {
    /// A beginning of fewer tokens is computed for each conversation.
    private static let leastTokens = 128

    /// Whether the state of a conversation is to stay for others that begin as it does: another one does already, and
    /// no such state was saved yet. What stands behind the beginning is then little: it is a first turn, or nearly.
    static func isFirst(_ prompt: SlotHolding, in slot: Int, on slots: isolated EngineSlots) -> Bool {
        // An engine uses the beginning of a restored state only where it can go back anywhere.
        guard !prompt.owner.isStable, slots.board.kept?.restored ?? .anywhere == .anywhere else { return false }
        let saved = slots.tools.archive.match(for: prompt, fitting: slots.layout.identity)
        var shared = slots.board.slots[slot].branch
        if let saved { shared = max(shared, branch(prompt.chain, saved.entry.origin.chain)) }
        for (other, held) in slots.board.slots.enumerated() where other != slot {
            guard case .held(let held) = held.content, held.owner.tenant == prompt.owner.tenant,
                held.owner.variant == prompt.owner.variant, !held.owner.isStable
            else { continue }
            shared = max(shared, branch(prompt.chain, held.chain))
        }
        if let saved, saved.entry.origin.isShared, saved.sharedBytes >= shared { return false }
        let tokens = slots.board.countedTokens(slot)
        return prompt.chain.bytes <= 2 * shared && shared * tokens >= leastTokens * prompt.chain.bytes
    }

    /// Bytes that two prompts begin with and then part; 0 where one goes on with the other.
    private static func branch(_ one: PromptChain, _ other: PromptChain) -> Int {
        let shared = one.sharedBytes(with: other)
        return shared < min(one.bytes, other.bytes) ? shared : 0
    }
}
