/// Which slot of an engine is whose: decides, touches nothing.
///
/// A request goes where its own prefix is. Else it takes an empty slot, or the least valuable one: rather a slot
/// without a lasting prefix than one with it, rather the longest unused.
///
/// Some requests cannot say on which slot they run, or run on several at once: they roam. While requests of one tenant
/// roam, any slot that is not leased may come to hold what they ask, so no other tenant has a lease.
struct SlotBoard: Sendable {
    struct Slot: Sendable {
        fileprivate(set) var content = Content.empty
        fileprivate(set) var use = Use.free
        fileprivate var lastUse = 0
    }

    enum Use: Sendable, Hashable {
        case free
        case leased(tenant: String)
        /// What others have left there is being saved and erased.
        case beingEmptied
    }

    enum Content: Sendable, Hashable {
        /// The engine has confirmed that nothing is left, or nothing was ever asked there.
        case empty
        /// The owner's prompt, beginning with the prefix that has this digest.
        case held(SlotOwner, prefix: String)
        /// Something that these tenants have asked, or nothing.
        case unknown(of: Set<String>)

        var owner: SlotOwner? {
            if case .held(let owner, _) = self { return owner }
            return nil
        }

        /// Those of whom something may be left.
        var tenants: Set<String> {
            switch self {
            case .empty: []
            case .held(let owner, _): [owner.tenant]
            case .unknown(let tenants): tenants
            }
        }

        /// Whether a request of the tenant's finds nothing of others here.
        func isOpen(to tenant: String) -> Bool { tenants.isSubset(of: [tenant]) }
    }

    private(set) var slots: [Slot]
    private(set) var roaming: (tenant: String, requests: Int)?
    private var uses = 0

    init(count: Int) { slots = Array(repeating: Slot(), count: count) }

    var isIdle: Bool { roaming == nil && slots.allSatisfy { $0.use == .free } }

    /// A slot for the owner, taken from now on; nil where none is free, or while another tenant's requests roam.
    ///
    /// Where others may have left something there, it is emptied first, which `begin` ends.
    mutating func lease(for owner: SlotOwner, prefix: String) -> Int? {
        if let roaming, roaming.tenant != owner.tenant { return nil }
        let free = slots.indices.filter { slots[$0].use == .free }
        guard let best = free.min(by: { rank($0, owner, prefix) < rank($1, owner, prefix) }) else { return nil }
        let isOpen = slots[best].content.isOpen(to: owner.tenant)
        slots[best].use = isOpen ? .leased(tenant: owner.tenant) : .beingEmptied
        return best
    }

    /// The tenant's request may be sent to its slot.
    mutating func begin(_ slot: Int, _ tenant: String) { slots[slot].use = .leased(tenant: tenant) }

    /// Keeps a free slot from being leased while it is emptied, until its release.
    mutating func reserve(_ slot: Int) { slots[slot].use = .beingEmptied }

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

    /// A request of the tenant's may have run there, beside what the slot held already.
    mutating func blur(_ slot: Int, with tenant: String) {
        slots[slot].content = .unknown(of: slots[slot].content.tenants.union([tenant]))
    }

    mutating func release(_ slot: Int) {
        uses += 1
        slots[slot].use = .free
        slots[slot].lastUse = uses
    }

    /// Lets a request of the tenant's roam.
    ///
    /// - Returns: the slots that have to be emptied before it is sent, kept for that; nil where others have a lease, or
    ///   roam.
    mutating func beginRoaming(_ tenant: String) -> [Int]? {
        if let roaming, roaming.tenant != tenant { return nil }
        let isAlone = slots.allSatisfy {
            $0.use == .free || ($0.use == .leased(tenant: tenant) && $0.content.isOpen(to: tenant))
        }
        guard isAlone else { return nil }
        roaming = (tenant, (roaming?.requests ?? 0) + 1)
        let closed = slots.indices.filter { slots[$0].use == .free && !slots[$0].content.isOpen(to: tenant) }
        for slot in closed { reserve(slot) }
        return closed
    }

    /// A roaming request has ended: any free slot may hold what it asked.
    mutating func endRoaming() {
        guard let (tenant, requests) = roaming else { return }
        roaming = requests > 1 ? (tenant, requests - 1) : nil
        blurFree(with: tenant)
    }

    /// A request of the tenant's has run wherever the engine liked.
    mutating func blurFree(with tenant: String) {
        for index in slots.indices where slots[index].use == .free { blur(index, with: tenant) }
    }
}
