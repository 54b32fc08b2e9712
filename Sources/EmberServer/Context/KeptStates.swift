import EmberContext

/// How much of what it holds a slot's engine uses for a next prompt.
public enum ReuseExtent: String, Codable, Sendable, CaseIterable, Comparable {
    /// Each prompt is computed whole.
    case nothing
    /// All of it, for a prompt that goes on with it.
    case continuation
    /// Also what comes before the last message, for a prompt with another one there.
    case lastMessage = "last_message"
    /// All that comes before a change, wherever that is.
    case anywhere

    private var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }

    public static func < (one: Self, other: Self) -> Bool { one.rank < other.rank }

    /// Whether what is held of one prompt is of use to another.
    func serves(_ held: PromptChain, _ prompt: PromptChain) -> Bool {
        guard self != .nothing, self != .anywhere else { return self == .anywhere }
        let left = held.count - held.sharedPieces(with: prompt)
        // A longer text goes on within the last piece of a shorter one.
        if held.isText { return left <= 1 }
        if self == .lastMessage { return left <= 1 }
        return left == 0 && (prompt.count > held.count || held.count == 0)
    }
}

/// What an engine keeps of prompts, as was found out by asking it.
public struct KeptStates: Codable, Sendable, Hashable {
    /// In the slot where it was computed.
    public var inSlot: ReuseExtent
    /// After it was saved, erased and restored; nil: it was not tried.
    public var restored: ReuseExtent?
    /// Of the prompt that it was tried with, in tokens.
    public var tokens: Int

    init(inSlot: ReuseExtent, restored: ReuseExtent?, tokens: Int) {
        (self.inSlot, self.restored, self.tokens) = (inSlot, restored, tokens)
    }
}
