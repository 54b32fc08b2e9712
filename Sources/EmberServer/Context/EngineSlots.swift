import EmberCore
import EmberEngine

/// The slots of one resident engine: who has which, what is saved of it, and what is brought back.
///
/// Where there are several tenants (`SlotLayout.isShared`), a request runs only where nothing of other tenants can be
/// left, or reuses nothing. For that, the engine has to confirm each erasure, and to have ended its work before a slot
/// is given on.
actor EngineSlots {
    /// Entering it is a part of every request's way.
    private nonisolated let executor = InlineExecutor()
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private enum Grant: Sendable {
        case slot(Int)
        /// One for the prompt, and those where the engine computes the other answers.
        case spread(Int, others: [Int])
        /// With the slots that have to be emptied first.
        case roaming([Int])
    }

    nonisolated var engine: any ResidentEngine { held.engine }
    private let model: String
    let layout: SlotLayout
    let tools: SlotTools
    /// What free slots hold, for the planner.
    nonisolated let held: HeldTokens
    var board: SlotBoard
    var saves: SlotSaves
    /// What is done while no request needs its slot: requests stop it, and wait until it has stopped.
    var background: Task<Void, Never>?
    private(set) var isClosed = false
    /// The log says already that the engine refuses to erase.
    var hasToldRefusal = false
    private var queue = SlotQueue<SlotWish, Grant>()

    init(
        _ engine: any ResidentEngine, of model: String = "", _ layout: SlotLayout, _ tools: SlotTools,
        instance: InstanceID = InstanceID(0), report: @escaping HeldTokens.Report
    ) {
        held = HeldTokens(engine, instance, report: report)
        self.model = model
        self.layout = layout
        self.tools = tools
        board = SlotBoard(count: layout.count, kept: tools.kept[layout.identity])
        saves = SlotSaves(count: layout.count)
    }

    /// Apart from a check, which gives way to all else.
    var isIdle: Bool { board.isIdle && queue.isEmpty && (background == nil || board.isChecked) }

    /// Whether a slot holds the owner's prefix as it now is.
    func holds(_ owner: SlotOwner, prefix: String) -> Bool {
        board.slots.contains { slot in
            if case .held(let holding) = slot.content {
                holding.owner == owner && holding.prefix == prefix
            } else {
                false
            }
        }
    }

    /// What the slots hold of a tenant's prompts, the latest used first.
    func conversations(of tenant: String) -> [ConversationView] {
        guard board.extent > .nothing else { return [] }
        return board.latestUsed.compactMap { index in
            let slot = board.slots[index]
            guard case .held(let holding) = slot.content, holding.owner.tenant == tenant else { return nil }
            return ConversationView(
                id: holding.chain.id?.hexadecimal,
                model: holding.owner.variant.isEmpty ? model : holding.owner.variant, service: holding.owner.service,
                tenant: tenant, tokens: slot.tokens, running: slot.use != .free,
                demonstrations: holding.owner.isStable, saved: saves.isSaved(index, holding))
        }
    }

    /// How many requests wait for their turn.
    var waiting: Int { queue.count }

    // MARK: Leases

    /// What a request needs to run; what the slots held of others is saved where it is worth it, and gone.
    ///
    /// - Throws: `SlotRefusal`, or why the engine does not answer.
    func lease(_ wish: SlotWish) async throws -> SlotLease {
        // Each call of an asynchronous function lets others onto the actor: none is made without need.
        if background != nil { await stopBackground() }
        var wish = wish
        wish.found = StateReader.find(for: wish, on: self)
        var grant = isClosed || !queue.isEmpty ? nil : grant(wish)
        if grant == nil { grant = await turn(for: wish) }
        guard let grant else {
            throw isClosed ? SlotRefusal.ending : SlotRefusal.busy(seconds: tools.patienceSeconds)
        }
        // To its end even where the client goes meanwhile: an engine that was asked to restore a state does so later,
        // too.
        let lease: SlotLease
        switch grant {
        case .slot(let slot) where wish.room == 0 && isReady(slot, for: wish):
            lease = goOn(slot, wish)
        case .slot(let slot):
            lease = try await tools.time.later { [wish] in
                await letGo(of: wish.room - board.slots[slot].tokens)
                return try await prepare(slot, for: wish)
            }.value
        case .spread(let slot, let others):
            lease = try await tools.time.later { [wish] in try await prepare(slot, with: others, for: wish) }.value
        case .roaming(let slots):
            lease = try await tools.time.later { [wish] in
                let freed = slots.reduce(0) { $0 + board.slots[$1].tokens }
                await letGo(of: wish.room - freed)
                return try await empty(slots, for: wish)
            }.value
        }
        var claimed = lease
        if layout.isShared { claimed.claim = WireClaim() }
        return claimed
    }

    /// Waits for its turn; nil where that does not come in time.
    private func turn(for wish: SlotWish) async -> Grant? {
        guard !isClosed else { return nil }
        let id = queue.newID()
        var alarm: Task<Void, Never>?
        defer { alarm?.cancel() }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { turn in
                guard !Task.isCancelled, !isClosed else { return turn.resume(returning: nil) }
                queue.add(id, wish, turn)
                alarm = tools.time.later(after: .seconds(tools.patienceSeconds)) { withdraw(id) }
                // Others may have entered the actor since the queue was looked at, and given back what it needs.
                serve()
            }
        } onCancel: {
            tools.time.later { await self.withdraw(id) }
        }
    }

    private func withdraw(_ id: Int) {
        queue.withdraw(id)
        serve()
    }

    /// Something has become free.
    func serve() { queue.serve(grant) }

    private func grant(_ wish: SlotWish) -> Grant? {
        if !wish.canChoose || layout.isShared && wish.isSpread {
            return board.beginRoaming(wish.owner.tenant).map { .roaming($0) }
        }
        if wish.isSpread {
            return board.lease(for: wish.prompt, answers: wish.answers).map { .spread($0.slot, others: $0.others) }
        }
        return board.lease(for: wish.prompt, saved: wish.found?.sharedBytes ?? 0).map { .slot($0) }
    }

    /// The request has ended, or was never sent.
    ///
    /// - Parameters:
    ///   - reused: the tokens of the prompt that the engine says it had; nil: it did not say.
    ///   - prompt: its tokens; nil: the engine did not say.
    ///   - tokens: of prompt and answer together; nil: the engine did not say.
    ///   - isKnown: whether the slot now holds what was sent there; not after a failure, or more prompts than one.
    ///   - isReported: the caller has the planner take `held`, as it tells it something else.
    func release(
        _ lease: SlotLease, reused: Int?, prompt: Int? = nil, tokens: Int? = nil, isKnown: Bool,
        isReported: Bool = false
    ) {
        if let reused {
            checkReuse(of: lease, reused)
        }
        guard let claim = lease.claim, !claim.isSettled else {
            return giveBack(lease, prompt, tokens, isKnown: isKnown, isReported: isReported)
        }
        tools.time.later {
            await claim.settled()
            giveBack(lease, prompt, tokens, isKnown: isKnown, isReported: false)
        }
    }

    private func giveBack(_ lease: SlotLease, _ prompt: Int?, _ tokens: Int?, isKnown: Bool, isReported: Bool) {
        let tenant = lease.owner.tenant
        // Where it is not known, a slot may hold as much as one request can have.
        let tokens = tokens ?? layout.windowTokens
        if let slot = lease.slot {
            if isKnown {
                board.hold(tokens, prompt: prompt, in: slot)
            } else {
                board.blur(slot, with: tenant, tokens: tokens)
            }
            board.release(slot)
            if isKnown { QuietWatch.begin(slot, on: self) }
            for other in lease.others { board.blur(other, with: tenant, tokens: tokens) }
            emptyLater(lease.others)
        } else {
            board.endRoaming(tokens: tokens)
            if board.roaming == nil, !lease.reusesNothing { emptyLater(board.blurred) }
        }
        tellHeld(isReported: isReported)
        // While its other slots are emptied, one that waits would take the request's own.
        if lease.others.isEmpty { serve() }
    }

    /// Answers that no request goes on with need not be kept.
    private func emptyLater(_ slots: [Int]) {
        guard !slots.isEmpty else { return }
        for slot in slots { board.reserve(slot) }
        tools.time.later { await giveBackEmptied(slots) }
    }

    func tellHeld(isReported: Bool = false) {
        // The planner counts the tokens of no other pool.
        guard layout.isScarce else { return }
        held.set(board.heldTokens)
        guard !isReported, held.hasChanged else { return }
        held.tell(tools.time)
    }

    /// Compares what an engine has reused with what the slot held. Some of what was brought back must have been used,
    /// where the prompt begins as it did then.
    private func checkReuse(of lease: SlotLease, _ reused: Int) {
        let expected = lease.expectedTokens
        tools.counting.count {
            $0.slots.reusedTokens += reused
            $0.slots.expectedTokens += expected
            if lease.hasFallenShort(reused) { $0.slots.shortfalls += 1 }
        }
        if expected >= Self.leastTokens { board.note(reused: reused, of: expected, lease.owner) }
        StateReader.check(lease, reused, on: self)
    }

    // MARK: The engine's end

    /// Nothing is leased after this.
    func end() async {
        isClosed = true
        saves.watch?.cancel()
        queue.withdrawAll()
        await stopBackground()
    }
}
