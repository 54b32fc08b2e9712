import EmberEngine
import EmberSystem

/// Saves what slots hold: has their engine write a file, and gives that to the archive.
///
/// All that saves for a request, for want of room, ahead or before an engine stops does so by these functions. They run
/// on the slots' actor; the slot is kept from other requests by who calls.
enum StateWriter {
    /// What an engine has written of a slot.
    struct Written: Sendable {
        let slot: Int
        let mark: SlotSaves.Mark
        let saving: StateArchive.Saving
        let tokens: Int
    }

    /// What the slot holds, if that is to be saved and is not.
    static func due(_ slot: Int, on slots: isolated EngineSlots) -> SlotHolding? {
        guard case .held(let held) = slots.board.slots[slot].content, held.terms.keep > .none,
            !slots.saves.isSettled(slot, held)
        else { return nil }
        let (layout, tokens) = (slots.layout, slots.board.slots[slot].tokens)
        if held.owner.isStable { return layout.traits.isWorthSaving(tokens, slots.board.kept) ? held : nil }
        guard held.chain.id != nil, tokens >= EngineSlots.leastTokens,
            layout.traits.isWorthSaving(tokens, slots.board.kept, for: .continuation),
            slots.tools.book.rates(of: layout.identity).isSaveWorthIt(tokens: tokens),
            !slots.tools.book.trust(SavingBook.Kind(owner: held.owner, identity: layout.identity)).isLost
        else { return nil }
        return held
    }

    /// The same where the slot is wanted now: a conversation is saved if that takes no longer than requests may be
    /// stalled, a lasting prefix always.
    ///
    /// - Parameter prompt: that follows in the slot; nil: the slot is emptied.
    static func displaced(_ slot: Int, by prompt: SlotHolding?, on slots: isolated EngineSlots) -> SlotHolding? {
        guard case .held(let held) = slots.board.slots[slot].content else { return nil }
        if held.owner.isStable { return held.owner == prompt?.owner ? nil : due(slot, on: slots) }
        let tokens = slots.board.slots[slot].tokens
        if let prompt {
            let lost = held.chain.bytes - held.sharedBytes(with: prompt)
            guard lost * tokens > EngineSlots.leastTokens * held.chain.bytes else { return nil }
        }
        guard let due = due(slot, on: slots) else { return nil }
        let seconds = slots.tools.book.rates(of: slots.layout.identity).saveSeconds(tokens: tokens)
        // The request that wants the slot waits, too; the first save has to be measured once.
        let isStalled = seconds != nil || slots.board.isBusy(besides: slot)
        return SavePlan.allows(seconds, isBusy: isStalled) ? due : nil
    }

    /// Saves what the next prompt in the slot would overwrite, where that is worth it.
    static func saveDisplaced(_ slot: Int, by prompt: SlotHolding? = nil, on slots: isolated EngineSlots) async {
        guard let held = displaced(slot, by: prompt, on: slots) else { return }
        await save(slot, held, on: slots)
    }

    static func save(_ slot: Int, _ held: SlotHolding, on slots: isolated EngineSlots) async {
        if let written = await write(slot, held, on: slots) { await publish(written, on: slots) }
    }

    // MARK: Ahead

    /// Saves a quiet slot in the background: it is kept from requests only while its engine writes.
    ///
    /// - Returns: false where a request has come meanwhile: no other save may begin before it has its slot.
    static func saveAhead(_ slot: Int, on slots: isolated EngineSlots) async -> Bool {
        guard slots.board.slots[slot].isFree, let held = due(slot, on: slots) else { return true }
        slots.board.reserve(slot)
        let running = slots.tools.time.later {
            // An engine that was asked to write does so, whatever comes meanwhile.
            let written = await slots.tools.time.later { await write(slot, held, on: slots) }.value
            slots.board.unreserve(slot)
            slots.serve()
            if let written { publishLater(written, on: slots) }
        }
        slots.background = running
        await running.value
        if slots.background == running { slots.background = nil }
        return !running.isCancelled
    }

    /// No request waits for the checksum.
    private static func publishLater(_ written: Written, on slots: isolated EngineSlots) {
        let before = slots.saves.publishing
        slots.saves.publishing = slots.tools.time.later {
            await before?.value
            await publish(written, on: slots)
        }
    }

    // MARK: Before an engine stops

    /// For how long an engine that is to stop saves more than one state, in seconds.
    private static let leavingSeconds = 0.2

    /// Saves the state that was used last, and further ones while they are expected to take little time.
    static func saveLeaving(on slots: isolated EngineSlots) async {
        await slots.saves.publishing?.value
        let began = slots.tools.time.now
        var isFirst = true
        for slot in slots.board.latestUsed where slots.board.slots[slot].isFree && !Task.isCancelled {
            guard let held = due(slot, on: slots) else { continue }
            let rates = slots.tools.book.rates(of: slots.layout.identity)
            let expected = rates.saveSeconds(tokens: slots.board.slots[slot].tokens) ?? .infinity
            guard isFirst || slots.tools.time.seconds(since: began) + expected <= leavingSeconds else { return }
            isFirst = false
            await save(slot, held, on: slots)
        }
    }

    // MARK: Files

    /// - Returns: nil where nothing is to be kept of it.
    private static func write(_ slot: Int, _ held: SlotHolding, on slots: isolated EngineSlots) async -> Written? {
        let (tools, identity, mark) = (slots.tools, slots.layout.identity, SlotSaves.Mark(held))
        // It is not tried again, unless it changes.
        slots.saves.settle(slot, mark, isSaved: false)
        let bytes = tools.book.rates(of: identity).bytes(tokens: slots.board.slots[slot].tokens)
        guard tools.book.allowsWrite(bytes, at: tools.time.now) else {
            tools.counting.count { $0.saving.withheldSaves += 1 }
            return nil
        }
        guard
            let saving = tools.archive.beginSaving(
                held, counted: slots.board.countedTokens(slot), fitting: identity,
                isShared: SharedBeginnings.isFirst(held, in: slot, on: slots))
        else { return nil }
        do {
            let answer = try await tools.talk.slot(slot, "save", file: saving.part, of: slots.engine)
            let tokens = answer.n_saved ?? 0
            note(answer, tokens, on: slots)
            guard tokens >= EngineSlots.leastTokens || tokens == 0 else {
                tools.archive.giveUpSaving(saving)
                return nil
            }
            return Written(slot: slot, mark: mark, saving: saving, tokens: tokens)
        } catch {
            tools.archive.giveUpSaving(saving)
            noteFailure("\(error)", tools)
            return nil
        }
    }

    private static func note(_ answer: EngineTalk.SlotAnswer, _ tokens: Int, on slots: isolated EngineSlots) {
        guard let bytes = answer.n_written else { return }
        slots.tools.book.noteWrite(bytes, at: slots.tools.time.now)
        slots.tools.counting.count { $0.saving.writtenBytes += bytes }
        guard let milliseconds = answer.timings?.save_ms else { return }
        slots.tools.book.note(slots.layout.identity) {
            $0.noteSave(tokens: tokens, bytes: bytes, seconds: milliseconds / 1000)
        }
    }

    private static func publish(_ written: Written, on slots: isolated EngineSlots) async {
        let tools = slots.tools
        do {
            guard try await tools.archive.finishSaving(written.saving, tokens: written.tokens) != nil else { return }
            slots.saves.settle(written.slot, written.mark, isSaved: true)
            tools.counting.count {
                $0.states.saves += 1
                $0.states.savedTokens += written.tokens
            }
        } catch {
            noteFailure("\(error)", tools)
        }
    }

    private static func noteFailure(_ reason: String, _ tools: SlotTools) {
        tools.counting.count { $0.states.failedSaves += 1 }
        tools.logger.warning("a KV state could not be saved: \(reason); its prompt will be computed again")
    }
}
