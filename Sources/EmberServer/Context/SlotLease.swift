import EmberEngine

/// What a request asks of its engine's slots.
struct SlotWish: Sendable {
    let prompt: SlotHolding
    /// Whether the request can say on which slot it runs.
    var canChoose = true
    /// On how many slots it runs at once: one for each answer to its prompt.
    var answers = 1
    /// Tokens of idle conversations that must leave the slots before it is sent; the slot's own count.
    var room = 0
    /// A saved conversation that is to be restored for it; nil: slots hold as much of its prompt.
    var found: StateArchive.Match?

    var owner: SlotOwner { prompt.owner }
    var isSpread: Bool { answers > 1 }
}

/// What one request has of its engine's slots, until it gives that back.
struct SlotLease: Sendable {
    let wish: SlotWish
    /// The slot that the request has for itself; nil: it runs where the engine likes.
    let slot: Int?
    /// Where the engine computes its other answers.
    var others: [Int] = []
    /// The tokens of its prompt that the slot held before, as far as earlier answers say; 0: not known.
    var expectedTokens = 0
    /// What was brought back for it.
    var restored: StateArchive.Entry?
    /// The request must have the engine compute its whole prompt: the slot may hold what others have asked.
    var reusesNothing = false
    /// Tells when the engine has ended its work; nil where that is of no interest.
    var claim: WireClaim?

    /// Whether the engine has reused much less than the slot held: a tenth may be what a template changes.
    func hasFallenShort(_ reused: Int) -> Bool {
        expectedTokens >= EngineSlots.leastTokens && Double(reused) < 0.9 * Double(expectedTokens)
    }

    var owner: SlotOwner { wish.owner }
    var prefix: String { wish.prompt.prefix }
}

/// Why a request cannot have a slot.
enum SlotRefusal: Error, Equatable {
    /// Other requests have held what it needs for this time.
    case busy(seconds: Double)
    /// The engine refuses to erase what others have left where the request would run.
    case notEmptied
    /// The engine ends.
    case ending
}
