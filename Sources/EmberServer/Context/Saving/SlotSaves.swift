import EmberContext
import EmberSystem

/// Of each slot of an engine: which of its prompts was saved last, and since when it has been quiet.
struct SlotSaves: Sendable {
    /// Which prompt a state was saved of.
    struct Mark: Sendable, Hashable {
        let owner: SlotOwner
        let prefix: String
        /// nil: a lasting prefix, whatever comes behind it.
        let conversation: KeyedDigest?

        init(_ prompt: SlotHolding) {
            (owner, prefix) = (prompt.owner, prompt.prefix)
            conversation = prompt.owner.isStable ? nil : prompt.chain.id
        }
    }

    private struct Slot: Sendable {
        /// Of what was saved, or was tried to be saved in vain.
        var settled: Mark?
        var isSaved = false
        /// Since the end of its last request.
        var quietSince: TimeSource.Instant?
    }

    private var slots: [Slot]
    /// Looks for what is to be saved; nil: there is nothing.
    var watch: Task<Void, Never>?
    /// Gives what engines have written to the archive, one after the other.
    var publishing: Task<Void, Never>?

    init(count: Int) { slots = Array(repeating: Slot(), count: count) }

    /// Whether what the slot holds need not be saved: it is, or that has failed.
    func isSettled(_ slot: Int, _ prompt: SlotHolding) -> Bool { slots[slot].settled == Mark(prompt) }

    func isSaved(_ slot: Int, _ prompt: SlotHolding) -> Bool { slots[slot].isSaved && isSettled(slot, prompt) }

    mutating func settle(_ slot: Int, _ mark: Mark, isSaved: Bool) {
        (slots[slot].settled, slots[slot].isSaved) = (mark, isSaved)
    }

    /// Whatever the slot holds is not known to be saved.
    mutating func unsettle(_ slot: Int) { (slots[slot].settled, slots[slot].isSaved) = (nil, false) }

    // MARK: Quiet

    func quietSince(_ slot: Int) -> TimeSource.Instant? { slots[slot].quietSince }

    mutating func beginQuiet(_ slot: Int, at now: TimeSource.Instant) { slots[slot].quietSince = now }

    /// A request has come.
    ///
    /// - Returns: since when there was none.
    mutating func endQuiet(_ slot: Int) -> TimeSource.Instant? {
        defer { slots[slot].quietSince = nil }
        return slots[slot].quietSince
    }
}
