import EmberContext

/// Which slot of an engine is whose: decides, touches nothing.
///
/// A request goes where the most of its prompt is, unless more than that would be lost there. Else it takes an empty
/// slot, or the least valuable one: rather a slot without a lasting prefix than one with it, rather the longest unused.
///
/// A request for several answers to its prompt takes as many slots. llama-server chooses those of the other answers
/// itself: the free ones of the lowest numbers.
///
/// Some requests cannot say on which slot they run: they roam. While requests of one tenant roam, any slot that is not
/// leased may come to hold what they ask, so no other tenant has a lease. Where there are several tenants, those for
/// several answers roam as well.
struct SlotBoard: Sendable {
    struct Slot: Sendable {
        fileprivate(set) var content = Content.empty
        fileprivate(set) var use = Use.free
        /// That it holds at most, of the pool that all slots share.
        fileprivate(set) var tokens = 0
        /// Of the prompt that it holds.
        fileprivate(set) var counted = CountedBeginnings()
        /// Bytes of its prompt that another prompt had, too, which the slot held before and which went on otherwise.
        fileprivate(set) var branch = 0
        /// Counts with every release.
        fileprivate(set) var lastUse = 0

        var isFree: Bool { if case .free = use { true } else { false } }
    }

    enum Use: Sendable, Hashable {
        case free
        case leased(tenant: String)
        /// What is there is being saved, or erased.
        case beingEmptied
        /// Ember asks there what the engine keeps of prompts.
        case checked
    }

    enum Content: Sendable, Hashable {
        /// The engine has confirmed that nothing is left, or nothing was ever asked there.
        case empty
        /// A prompt of the wish's owner.
        case held(SlotHolding)
        /// Something that these tenants have asked, or nothing.
        case unknown(of: Set<String>)

        var owner: SlotOwner? {
            if case .held(let holding) = self { return holding.owner }
            return nil
        }

        /// Those of whom something may be left.
        var tenants: Set<String> {
            switch self {
            case .empty: []
            case .held(let holding): [holding.owner.tenant]
            case .unknown(let tenants): tenants
            }
        }

        /// Whether a prompt of the owner's may follow at once: nothing must be saved, erased or restored before.
        func isReady(for owner: SlotOwner) -> Bool {
            if self.owner == owner { return true }
            return !owner.isStable && self.owner?.isStable != true && isOpen(to: owner.tenant)
        }

        /// Whether a request of the tenant's finds nothing of others here.
        func isOpen(to tenant: String) -> Bool { tenants.isSubset(of: [tenant]) }
    }

    private(set) var slots: [Slot]
    private(set) var roaming: (tenant: String, requests: Int)?
    private var uses = 0
    private var yields = ReuseYields()
    /// What the engine keeps of prompts; nil: it is not known, and all is taken to be kept.
    var kept: KeptStates?

    init(count: Int, kept: KeptStates? = nil) {
        slots = Array(repeating: Slot(), count: count)
        self.kept = kept
    }

    /// How much of what a slot holds a next prompt can use.
    var extent: ReuseExtent { kept?.inSlot ?? .anywhere }

    /// Tokens that free slots hold at most.
    var heldTokens: Int { slots.reduce(0) { $0 + ($1.isFree ? $1.tokens : 0) } }

    /// Whether requests run, on other slots than that one.
    func isBusy(besides slot: Int? = nil) -> Bool {
        roaming != nil
            || slots.indices.contains { if case .leased = slots[$0].use { $0 != slot } else { false } }
    }

    /// Of the prompts that slots hold.
    var chains: [PromptChain] {
        slots.compactMap { if case .held(let holding) = $0.content { holding.chain } else { nil } }
    }

    /// The slots, the latest used first.
    var latestUsed: [Int] { slots.indices.sorted { slots[$0].lastUse > slots[$1].lastUse } }

    /// No request has anything of it.
    var isIdle: Bool { roaming == nil && slots.allSatisfy { $0.isFree || $0.use == .checked } }

    var isChecked: Bool { slots.contains { $0.use == .checked } }

    /// A slot for a prompt, taken from now on; nil where none is free, or while another tenant's requests roam.
    ///
    /// Where others may have left something there, it is emptied first, which `begin` ends.
    ///
    /// - Parameter saved: bytes of the prompt that a saved state has: slots that hold no more are of no use to it.
    mutating func lease(for prompt: SlotHolding, saved: Int = 0) -> Int? {
        let owner = prompt.owner
        if let roaming, roaming.tenant != owner.tenant { return nil }
        guard let best = best(for: prompt, saved) else { return nil }
        let isOpen = slots[best].content.isOpen(to: owner.tenant)
        slots[best].use = isOpen ? .leased(tenant: owner.tenant) : .beingEmptied
        return best
    }

    /// Slots for several answers to a prompt: its own, and those in which the engine computes the others; nil where
    /// fewer are free.
    mutating func lease(for prompt: SlotHolding, answers: Int) -> (slot: Int, others: [Int])? {
        guard slots.count(where: { $0.isFree }) >= answers, let slot = lease(for: prompt) else { return nil }
        let others = Array(slots.indices.filter { slots[$0].isFree }.prefix(answers - 1))
        for other in others { reserve(other) }
        return (slot, others)
    }

    /// The tenant's request may be sent to its slot.
    mutating func begin(_ slot: Int, _ tenant: String) { slots[slot].use = .leased(tenant: tenant) }

    /// Keeps a free slot from being leased while it is emptied, until its release.
    mutating func reserve(_ slot: Int) { slots[slot].use = .beingEmptied }

    /// The slot was reserved, and holds what it held: that was no use of it.
    mutating func unreserve(_ slot: Int) { slots[slot].use = .free }

    /// Takes a free slot that holds nothing that is known for a check, until its release; an empty one if there is one.
    mutating func checkSpare() -> Int? {
        let free = slots.indices.filter { slots[$0].isFree && slots[$0].content.owner == nil }
        guard roaming == nil, let spare = free.first(where: { slots[$0].content == .empty }) ?? free.first else {
            return nil
        }
        slots[spare].use = .checked
        return spare
    }

    /// The free slot that loses the least with the prompt. Each request asks this: O(slots), and no slot is copied.
    private func best(for prompt: SlotHolding, _ saved: Int) -> Int? {
        var best: (slot: Int, rank: (Int, Int))?
        for index in slots.indices where slots[index].isFree {
            let rank = rank(index, prompt, saved)
            if let known = best, known.rank <= rank { continue }
            best = (index, rank)
        }
        return best?.slot
    }

    /// What a slot would lose, the least first: nothing where the prompt goes on with what is there, the most of it
    /// first.
    private func rank(_ index: Int, _ prompt: SlotHolding, _ saved: Int) -> (Int, Int) {
        guard case .held(let holding) = slots[index].content else { return loss(index) }
        let gain = holding.gain(for: prompt, reusing: extent)
        return gain > saved ? (0, -Int(Double(gain) * yields[holding.owner])) : loss(index)
    }

    /// The same for a request to which the slot is of no use.
    private func loss(_ index: Int) -> (Int, Int) {
        let loss =
            switch slots[index].content {
            case .empty: 2
            case .unknown: 3
            case .held where extent == .nothing: 3
            case .held(let holding):
                // What engines have mostly computed again all the same is worth no more than what is not known.
                holding.owner.isStable ? 5 : yields[holding.owner] < 0.5 ? 3 : 4
            }
        return (loss, slots[index].lastUse)
    }

    /// The free slot with tokens that loses the least with them; nil: no free slot has any.
    var leastValuable: Int? {
        slots.indices.filter { slots[$0].isFree && slots[$0].tokens > 0 }.min { loss($0) < loss($1) }
    }

    mutating func empty(_ slot: Int) {
        slots[slot].content = .empty
        (slots[slot].counted, slots[slot].branch) = (CountedBeginnings(), 0)
        slots[slot].tokens = 0
    }

    /// The prompt follows in the slot what is there.
    ///
    /// - Returns: how many of its tokens the engine has there already, as far as answers have said; 0: not known.
    mutating func put(_ prompt: SlotHolding, in slot: Int) -> Int {
        let shared = shared(prompt, in: slot)
        if case .held(let held) = slots[slot].content, shared < min(held.chain.bytes, prompt.chain.bytes) {
            slots[slot].branch = shared
        }
        slots[slot].counted.cut(to: shared)
        slots[slot].content = .held(prompt)
        return slots[slot].counted.tokens
    }

    /// Bytes of the prompt that the engine can use of what the slot holds.
    func shared(_ prompt: SlotHolding, in slot: Int) -> Int {
        guard case .held(let holding) = slots[slot].content, extent.serves(holding.chain, prompt.chain) else {
            return 0
        }
        return holding.sharedBytes(with: prompt)
    }

    /// The most of it in any free slot.
    func mostShared(with prompt: SlotHolding) -> Int {
        slots.indices.reduce(0) { slots[$1].isFree ? max($0, shared(prompt, in: $1)) : $0 }
    }

    /// The engine has read a saved state into the slot, whatever was there; nil: in vain.
    ///
    /// - Parameter counted: tokens of the prompt alone; 0: not known.
    mutating func restore(_ holding: SlotHolding?, tokens: Int, counted: Int, in slot: Int) {
        empty(slot)
        guard let holding else { return }
        (slots[slot].content, slots[slot].tokens) = (.held(holding), tokens)
        if counted > 0 { slots[slot].counted.note(tokens: counted, bytes: holding.chain.bytes) }
    }

    /// Tokens of the whole prompt that the slot holds; 0: they were not counted.
    func countedTokens(_ slot: Int) -> Int {
        guard case .held(let holding) = slots[slot].content else { return 0 }
        return slots[slot].counted.tokens(at: holding.chain.bytes)
    }

    /// What the slot holds is not to be saved later.
    mutating func keepFromSaving(_ slot: Int) {
        guard case .held(let holding) = slots[slot].content else { return }
        slots[slot].content = .held(holding.withoutSaving)
    }

    /// What the slot holds has been counted.
    ///
    /// - Parameters:
    ///   - tokens: of prompt and answer, at most.
    ///   - prompt: of the prompt alone; nil: not known.
    mutating func hold(_ tokens: Int, prompt: Int? = nil, in slot: Int) {
        slots[slot].tokens = tokens
        if let prompt, case .held(let holding) = slots[slot].content {
            slots[slot].counted.note(tokens: prompt, bytes: holding.chain.bytes)
        }
    }

    /// An engine has said how many tokens of a prompt it did not have to compute, of those that its slot held.
    mutating func note(reused: Int, of expected: Int, _ owner: SlotOwner) {
        yields.note(Double(reused) / Double(expected), of: owner)
    }

    /// A request of the tenant's may have run there, beside what the slot held already.
    ///
    /// - Parameter tokens: that it may have left.
    mutating func blur(_ slot: Int, with tenant: String, tokens: Int) { blur(slot, with: [tenant], tokens: tokens) }

    mutating func blur(_ slot: Int, with tenants: Set<String>, tokens: Int) {
        slots[slot].content = .unknown(of: slots[slot].content.tenants.union(tenants))
        (slots[slot].counted, slots[slot].branch) = (CountedBeginnings(), 0)
        slots[slot].tokens = max(slots[slot].tokens, tokens)
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
            $0.isFree || ($0.use == .leased(tenant: tenant) && $0.content.isOpen(to: tenant))
        }
        guard isAlone else { return nil }
        roaming = (tenant, (roaming?.requests ?? 0) + 1)
        let closed = slots.indices.filter { slots[$0].isFree && !slots[$0].content.isOpen(to: tenant) }
        for slot in closed { reserve(slot) }
        return closed
    }

    /// A roaming request has ended: any free slot may hold what it asked.
    mutating func endRoaming(tokens: Int) {
        guard let (tenant, requests) = roaming else { return }
        roaming = requests > 1 ? (tenant, requests - 1) : nil
        blurFree(with: tenant, tokens: tokens)
    }

    private mutating func blurFree(with tenant: String, tokens: Int) {
        for index in slots.indices where slots[index].isFree { blur(index, with: tenant, tokens: tokens) }
    }

    /// Free slots that may hold anything of a tenant's.
    var blurred: [Int] {
        slots.indices.filter { index in
            if case .unknown = slots[index].content { slots[index].isFree } else { false }
        }
    }
}
