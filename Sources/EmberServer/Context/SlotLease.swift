import EmberEngine

/// What a request asks of its engine's slots.
struct SlotWish: Sendable {
    let prompt: SlotHolding
    /// Whether the request can say on which slot it runs.
    var canChoose = true
    /// Whether it asks for several answers, which run on several slots at once.
    var isSpread = false
    /// Tokens of idle conversations that must leave the slots before it is sent; the slot's own count.
    var room = 0

    var owner: SlotOwner { prompt.owner }
}

/// What one request has of its engine's slots, until it gives that back.
struct SlotLease: Sendable {
    let wish: SlotWish
    /// The slot that the request has for itself; nil: it runs where the engine likes.
    let slot: Int?
    /// What was brought back for it.
    var restored: StateArchive.Entry?
    /// The request must have the engine compute its whole prompt: the slot may hold what others have asked.
    var reusesNothing = false
    /// Tells when the engine has ended its work; nil where that is of no interest.
    var claim: WireClaim?

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
