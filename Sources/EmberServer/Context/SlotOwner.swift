/// Whose prompts a slot is for: one prefix of a tenant's service.
struct SlotOwner: Hashable, Sendable {
    let tenant: String
    let service: String
    /// The model's name where it is a variant: adapters make other KV states of the same prompt.
    var variant = ""
    /// Which of the service's prefixes; empty for requests without a prefix that would stay.
    var prefix = ""

    /// Whether its KV state is worth keeping.
    var isStable: Bool { !prefix.isEmpty }
}
