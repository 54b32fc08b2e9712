import EmberEngine
import EmberSystem

/// Restores saved states into slots before their requests are sent, and checks afterwards that they were used.
enum StateReader {
    /// A saved state is looked for where a prompt has more bytes than that behind what slots hold of it.
    private static let leastBytes = 128
    /// Where slots share a scarce pool, a state may have that many tokens more than its request uses of it.
    private static let mostExcessTokens = 512

    // MARK: Finding

    /// The saved conversation that is restored for the request; nil where slots hold as much of it, or to compute it
    /// takes no longer.
    static func find(for wish: SlotWish, on slots: isolated EngineSlots) -> StateArchive.Match? {
        let (prompt, archive) = (wish.prompt, slots.tools.archive)
        guard wish.canChoose, !prompt.owner.isStable, archive.hasConversations else { return nil }
        let held = slots.board.mostShared(with: prompt)
        guard prompt.chain.bytes - held >= leastBytes,
            let match = archive.match(for: prompt, fitting: slots.layout.identity),
            match.sharedBytes - held >= leastBytes, isUsable(match, for: prompt, on: slots)
        else { return nil }
        let entry = match.entry
        let trust = slots.tools.book.trust(SavingBook.Kind(owner: prompt.owner, identity: slots.layout.identity))
        let gained = Double(match.sharedTokens) * Double(match.sharedBytes - held) / Double(match.sharedBytes)
        let tokens = trust.isLost ? 0 : gained * trust.yield
        guard tokens >= Double(EngineSlots.leastTokens),
            slots.tools.book.rates(of: slots.layout.identity).isRestoreWorthIt(tokens: tokens, bytes: entry.bytes)
        else {
            slots.tools.counting.count { $0.saving.restoresNotWorthIt += 1 }
            return nil
        }
        return match
    }

    private static func isUsable(
        _ match: StateArchive.Match, for prompt: SlotHolding, on slots: isolated EngineSlots
    ) -> Bool {
        let (entry, layout) = (match.entry, slots.layout)
        guard entry.tokens <= layout.windowTokens,
            !layout.isScarce || entry.tokens - match.sharedTokens <= mostExcessTokens,
            layout.traits.isWorthSaving(entry.tokens, slots.board.kept, for: .continuation)
        else { return false }
        return (slots.board.kept?.restored ?? .anywhere).serves(entry.chain(like: prompt.chain), prompt.chain)
    }

    // MARK: Restoring

    /// Restores what is saved of the request's prompt into its slot, which then holds that.
    ///
    /// - Returns: nil where nothing was: the prompt is computed.
    static func restore(
        for wish: SlotWish, into slot: Int, on slots: isolated EngineSlots
    ) async -> StateArchive.Entry? {
        guard let entry = entry(for: wish, slot, on: slots) else { return nil }
        let (tools, began) = (slots.tools, slots.tools.time.now)
        do {
            guard await tools.archive.isWhole(entry) else { throw DamagedState() }
            let answer = try await tools.talk.slot(slot, "restore", file: entry.name, of: slots.engine)
            guard answer.n_restored == entry.tokens else {
                throw EngineTalk.Problem.status(200, "\(answer.n_restored ?? 0) of \(entry.tokens) tokens")
            }
            tools.book.note(slots.layout.identity) {
                $0.noteRestore(bytes: entry.bytes, seconds: tools.time.seconds(since: began))
            }
            tools.counting.count {
                $0.states.restores += 1
                $0.states.restoredTokens += entry.tokens
            }
            let held = SlotHolding(
                owner: wish.owner, prefix: entry.prefix, chain: entry.chain(like: wish.prompt.chain),
                terms: wish.prompt.terms)
            slots.board.restore(held, tokens: entry.tokens, counted: entry.counted, in: slot)
            slots.saves.settle(slot, SlotSaves.Mark(held), isSaved: true)
            return entry
        } catch {
            tools.counting.count { $0.states.failedRestores += 1 }
            tools.logger.warning(
                "a saved KV state is of no use: \(error); it is dropped, and its prompt computed again")
            tools.archive.drop(entry)
            // An engine that fails to read a state has let go of what it held.
            slots.board.restore(nil, tokens: 0, counted: 0, in: slot)
            return nil
        }
    }

    private static func entry(
        for wish: SlotWish, _ slot: Int, on slots: isolated EngineSlots
    ) -> StateArchive.Entry? {
        let tools = slots.tools
        if wish.owner.isStable {
            guard let entry = tools.archive.entry(of: wish.owner, fitting: slots.layout.identity),
                slots.layout.traits.isWorthSaving(entry.tokens, slots.board.kept)
            else { return nil }
            return entry
        }
        // Others may have run while the request waited for its slot, and the state may have gone.
        guard let match = wish.found, slots.board.shared(wish.prompt, in: slot) < match.sharedBytes,
            tools.archive.use(match.entry)
        else { return nil }
        return match.entry
    }

    // MARK: Checking

    /// What an engine has reused of a restored state.
    static func check(_ lease: SlotLease, _ reused: Int, on slots: isolated EngineSlots) {
        guard let restored = lease.restored, restored.prefix == lease.prefix else { return }
        let tools = slots.tools
        if reused < EngineSlots.leastTokens {
            tools.counting.count { $0.states.restoresWithoutReuse += 1 }
            tools.logger.warning("a restored KV state of \(restored.tokens) tokens was not used; it is dropped")
            tools.archive.drop(restored)
            StateCheck.noteUnused(restored, for: slots)
            if let slot = lease.slot { slots.saves.unsettle(slot) }
        }
        guard !lease.owner.isStable, lease.expectedTokens >= EngineSlots.leastTokens else { return }
        let kind = SavingBook.Kind(owner: lease.owner, identity: slots.layout.identity)
        guard tools.book.noteReuse(reused, of: lease.expectedTokens, kind) else { return }
        let count = tools.archive.dropConversations(of: lease.owner, fitting: slots.layout.identity)
        tools.counting.count { $0.saving.distrustedStates += count }
        tools.logger.warning(
            """
            conversations of service \(lease.owner.service) were restored three times in a row and not used as expected: \
            \(count) saved KV states are dropped, and none are saved for it in this run
            """)
    }
}

/// A saved state is not what it was when it was saved.
private struct DamagedState: Error, CustomStringConvertible {
    let description = "its checksum is not the one that it was saved with"
}
