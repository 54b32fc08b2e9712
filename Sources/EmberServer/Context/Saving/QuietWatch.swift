import EmberSystem

/// Saves conversations ahead: once they have been quiet for longer than usual, so that an eviction finds them saved.
///
/// One timer an engine. The end of a request notes the time, and begins the timer where none runs; all else is looked
/// at when that ends.
enum QuietWatch {
    /// The slot's request has ended.
    static func begin(_ slot: Int, on slots: isolated EngineSlots) {
        slots.saves.beginQuiet(slot, at: slots.tools.time.now)
        guard slots.saves.watch == nil, let held = StateWriter.due(slot, on: slots) else { return }
        wait(slots.tools.book.patience(held.owner.service), on: slots)
    }

    /// A request goes on with what the slot holds.
    static func end(_ slot: Int, _ service: String, isSame: Bool, on slots: isolated EngineSlots) {
        guard let since = slots.saves.endQuiet(slot), isSame else { return }
        slots.tools.book.notePause(slots.tools.time.seconds(since: since), service)
    }

    private static func wait(_ duration: Duration, on slots: isolated EngineSlots) {
        guard !slots.isClosed else { return }
        slots.saves.watch = slots.tools.time.later(after: duration) { await look(on: slots) }
    }

    private static func look(on slots: isolated EngineSlots) async {
        while !slots.isClosed {
            let now = slots.tools.time.now
            switch SavePlan.step(candidates(on: slots), isBusy: slots.board.isBusy(), at: now) {
            case .nothing:
                slots.saves.watch = nil
                return
            case .wait(let instant): return wait(now.duration(to: instant), on: slots)
            case .save where slots.background != nil || slots.waiting > 0: return wait(SavePlan.retry, on: slots)
            case .save(let slot):
                guard await StateWriter.saveAhead(slot, on: slots) else { return wait(SavePlan.retry, on: slots) }
            }
        }
        slots.saves.watch = nil
    }

    private static func candidates(on slots: isolated EngineSlots) -> [SavePlan.Candidate] {
        let rates = slots.tools.book.rates(of: slots.layout.identity)
        return slots.board.slots.indices.compactMap { slot in
            guard slots.board.slots[slot].isFree, let since = slots.saves.quietSince(slot),
                let held = StateWriter.due(slot, on: slots)
            else { return nil }
            return SavePlan.Candidate(
                slot: slot, due: since + slots.tools.book.patience(held.owner.service),
                seconds: rates.saveSeconds(tokens: slots.board.slots[slot].tokens))
        }
    }
}
