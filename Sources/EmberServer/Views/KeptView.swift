/// What a model's engine keeps of prompts: in a slot, and in a state that was saved and is restored.
public struct KeptView: Codable, Sendable, Equatable {
    /// nil: it is not found out yet; until then all is taken to be kept.
    public var inSlots: ReuseExtent?
    /// nil: the same, or it was not tried.
    public var saved: ReuseExtent?
    /// Of states of how many tokens at most; nil: of all.
    public var savedTokens: Int?
    /// What of the model's header and its engine's settings bears on it.
    public var traits: [String]

    /// - Parameter found: nil: nothing was found out yet.
    public init(_ traits: StateTraits, _ found: KeptStates?) {
        inSlots = found?.inSlot
        saved = traits.savesStates ? found?.restored : .nothing
        savedTokens = found.flatMap { traits.testedTokens($0) }
        self.traits = traits.texts
    }

    /// Whether something is known not to be kept.
    public var isLimited: Bool { (inSlots ?? .anywhere) < .anywhere || (saved ?? .anywhere) < .anywhere }

    /// One sentence for people.
    public var sentence: String {
        let slots = inSlots.map { "a slot keeps \($0.text)" } ?? "what a slot keeps is not found out yet"
        let length = savedTokens.map { " of up to \($0) tokens" } ?? ""
        let states = saved.map { "a saved state\(length) \($0.text)" } ?? "what a saved state keeps is not known"
        return slots + ", " + states + (traits.isEmpty ? "" : " (\(traits.joined(separator: "; ")))")
    }
}

extension ReuseExtent {
    /// Of a prompt.
    fileprivate var text: String {
        switch self {
        case .nothing: "nothing"
        case .continuation: "a prompt only for one that goes on with it"
        case .lastMessage: "all before the last message"
        case .anywhere: "all before a change"
        }
    }
}
