/// What an answer's prompt found in its engine's slot.
public struct SlotUseView: Codable, Sendable, Equatable {
    /// The slot's number; nil: the engine has chosen its slots.
    public var slot: Int?
    /// Tokens of the prompt that the slot held, as far as earlier answers of the same conversation have said; 0: not
    /// known.
    public var expectedTokens: Int
    /// Tokens of the prompt that the engine did not compute; nil: it did not say.
    public var reusedTokens: Int?
    /// Of a saved state that was read back for the request; nil: none was.
    public var restoredTokens: Int?

    init?(_ lease: SlotLease?, reused: Int?) {
        guard let lease else { return nil }
        slot = lease.slot
        expectedTokens = lease.expectedTokens
        reusedTokens = reused
        restoredTokens = lease.restored?.tokens
    }

    /// As a part of a sentence: "slot 2, 570 tokens reused of 571 expected".
    public var words: String {
        var words = slot.map { "slot \($0)" } ?? "slots of the engine's choice"
        if let restoredTokens { words += ", \(restoredTokens) tokens restored" }
        if let reusedTokens { words += ", \(reusedTokens) tokens reused" }
        if expectedTokens > 0 {
            words += reusedTokens == nil ? ", \(expectedTokens) tokens expected" : " of \(expectedTokens) expected"
        }
        return words
    }
}
