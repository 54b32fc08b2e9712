/// Which slot of an engine is whose: decides, touches nothing.
///
/// A request goes where its own prefix is. Else it takes an empty slot, or the least valuable one: rather a slot without a
/// lasting prefix than one with it, rather the longest unused.
struct SlotBoard: Sendable {
    struct Slot: Sendable {
        var content = Content.empty
        var isLeased = false
        fileprivate var lastUse = 0
    }

    enum Content: Sendable, Hashable {
        case empty
        /// The owner's prompt, beginning with the prefix that has this digest.
        case held(SlotOwner, prefix: String)
        /// Something of the tenant's; nobody knows what.
        case unknown(tenant: String)

        var owner: SlotOwner? {
            if case .held(let owner, _) = self { return owner }
            return nil
        }

        var tenant: String? {
            switch self {
            case .empty: nil
            case .held(let owner, _): owner.tenant
            case .unknown(let tenant): tenant
            }
        }
    }

    private(set) var slots: [Slot]
    private var uses = 0

    init(count: Int) { slots = Array(repeating: Slot(), count: count) }

    var isIdle: Bool { slots.allSatisfy { !$0.isLeased } }

    /// A free slot for the owner, now leased; nil when all are.
    mutating func lease(for owner: SlotOwner, prefix: String) -> Int? {
        let free = slots.indices.filter { !slots[$0].isLeased }
        guard let best = free.min(by: { rank($0, owner, prefix) < rank($1, owner, prefix) }) else { return nil }
        slots[best].isLeased = true
        return best
    }

    /// Keeps a free slot from being leased, until its release.
    mutating func reserve(_ slot: Int) { slots[slot].isLeased = true }

    /// What a slot would lose, the least first.
    private func rank(_ index: Int, _ owner: SlotOwner, _ prefix: String) -> (Int, Int) {
        let slot = slots[index]
        let loss =
            switch slot.content {
            case .held(owner, prefix): 0
            case .held(owner, _): 1
            case .empty: 2
            case .unknown: 3
            case .held(let other, _): other.isStable ? 5 : 4
            }
        return (loss, slot.lastUse)
    }

    mutating func put(_ content: Content, in slot: Int) { slots[slot].content = content }

    mutating func release(_ slot: Int) {
        uses += 1
        slots[slot].isLeased = false
        slots[slot].lastUse = uses
    }

    /// A request of the tenant's has run wherever the engine liked: what free slots hold is not known any more.
    mutating func muddle(tenant: String) {
        for index in slots.indices where !slots[index].isLeased { slots[index].content = .unknown(tenant: tenant) }
    }
}
