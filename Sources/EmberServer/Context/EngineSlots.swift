import Logging

/// The slots of one resident engine: who has which, what is saved of it, and what is brought back.
actor EngineSlots {
    private let engine: any ResidentEngine
    private let layout: SlotLayout
    private let talk: EngineTalk
    private let archive: StateArchive
    private let counting: ContextCounting
    private let logger: Logger
    private var board: SlotBoard
    /// By slot, the prefix of which the archive has a state that was good.
    private var savedPrefix: [String?]
    private var prefill: Task<Void, Never>?
    private var isClosed = false

    /// States of fewer tokens are sooner computed than read.
    private static let leastTokens = 32
    private static let leaseAttempts = 400
    /// How long an engine that is to stop may take to save.
    private static let saveSeconds = 5.0

    init(
        _ engine: any ResidentEngine, _ layout: SlotLayout, talk: EngineTalk, archive: StateArchive,
        counting: ContextCounting, logger: Logger
    ) {
        self.engine = engine
        self.layout = layout
        self.talk = talk
        self.archive = archive
        self.counting = counting
        self.logger = logger
        board = SlotBoard(count: layout.count)
        savedPrefix = Array(repeating: nil, count: layout.count)
    }

    var isIdle: Bool { board.isIdle && prefill == nil }

    /// Whether a slot holds the owner's prefix as it now is.
    func holds(_ owner: SlotOwner, prefix: String) -> Bool {
        board.slots.contains { $0.content == .held(owner, prefix: prefix) }
    }

    // MARK: Leases

    /// A slot for one request of the owner's, whose prompt begins with the prefix of that digest; what the slot held of
    /// others is saved where it is worth it, and gone. nil where no slot is free: the engine will choose one.
    func lease(_ owner: SlotOwner, prefix: String) async -> SlotLease? {
        await stopPrefill()
        for _ in 0..<Self.leaseAttempts {
            if let lease = await take(owner, prefix: prefix) { return lease }
            // A request that has just been given up returns its slot in a moment.
            guard !isClosed, (try? await Task.sleep(for: .milliseconds(5))) != nil else { return nil }
        }
        return nil
    }

    private func take(_ owner: SlotOwner, prefix: String) async -> SlotLease? {
        guard !isClosed, let slot = board.lease(for: owner, prefix: prefix) else { return nil }
        let content = board.slots[slot].content
        if content.owner == owner {
            board.put(.held(owner, prefix: prefix), in: slot)
            return SlotLease(slot: slot, owner: owner, prefix: prefix, restored: nil)
        }
        await save(slot)
        savedPrefix[slot] = nil
        let restored = await restore(owner, into: slot)
        // What another tenant left must not even shorten this one's prompt.
        if restored == nil, let tenant = content.tenant, tenant != owner.tenant { await erase(slot) }
        board.put(.held(owner, prefix: prefix), in: slot)
        if let restored { savedPrefix[slot] = restored.prefix }
        return SlotLease(slot: slot, owner: owner, prefix: prefix, restored: restored)
    }

    /// The request has ended.
    ///
    /// - Parameters:
    ///   - reused: the tokens of the prompt that the engine says it had; nil: it did not say.
    ///   - isKnown: whether the slot now holds what was sent there; not after a failure, or more answers than one.
    func release(_ lease: SlotLease, reused: Int?, isKnown: Bool) {
        if let reused {
            counting.count { $0.reusedTokens += reused }
            checkReuse(of: lease, reused)
        }
        if !isKnown { board.put(.unknown(tenant: lease.owner.tenant), in: lease.slot) }
        board.release(lease.slot)
    }

    /// Some of what was brought back must have been used, where the prompt begins as it did then.
    private func checkReuse(of lease: SlotLease, _ reused: Int) {
        guard let restored = lease.restored, restored.prefix == lease.prefix, reused < Self.leastTokens else { return }
        counting.count { $0.restoresWithoutReuse += 1 }
        logger.warning("a restored KV state of \(restored.tokens) tokens was not used; it is dropped")
        archive.drop(restored)
        savedPrefix[lease.slot] = nil
    }

    /// A request of the tenant's that cannot say where it runs: nothing of others may lie in a slot that it could take.
    func openAll(to tenant: String) async {
        await stopPrefill()
        for index in board.slots.indices where !board.slots[index].isLeased {
            guard let other = board.slots[index].content.tenant, other != tenant else { continue }
            board.reserve(index)
            await save(index)
            await erase(index)
            board.release(index)
        }
    }

    /// It has ended; or more answers than one were asked for, which ran wherever there was room.
    func muddle(_ tenant: String) {
        board.muddle(tenant: tenant)
        savedPrefix = board.slots.indices.map { board.slots[$0].isLeased ? savedPrefix[$0] : nil }
    }

    /// The tenant's service is to be forgotten: what free slots hold of it is worth nothing, and is not saved.
    func forget(tenant: String, service: String) async {
        for index in board.slots.indices where !board.slots[index].isLeased {
            guard let owner = board.slots[index].content.owner, owner.tenant == tenant, owner.service == service else {
                continue
            }
            board.reserve(index)
            savedPrefix[index] = nil
            await erase(index)
            board.release(index)
        }
    }

    // MARK: States

    /// Saves what is worth it, before the engine stops. Nothing is leased after this.
    func close() async {
        isClosed = true
        await stopPrefill()
        let saving = Task {
            for index in board.slots.indices where !board.slots[index].isLeased && !Task.isCancelled {
                await save(index)
            }
        }
        let alarm = Task {
            try await Task.sleep(for: .seconds(Self.saveSeconds))
            saving.cancel()
        }
        await saving.value
        alarm.cancel()
    }

    private func save(_ slot: Int) async {
        guard layout.keepsStates, case .held(let owner, let prefix) = board.slots[slot].content, owner.isStable,
            savedPrefix[slot] != prefix, let part = archive.beginSaving()
        else { return }
        do {
            let answer = try await talk.slot(slot, "save", file: part, of: engine)
            let tokens = answer.n_saved ?? 0
            if tokens < Self.leastTokens, tokens > 0 { return archive.giveUpSaving(part) }
            guard archive.finishSaving(part, of: owner, fitting: layout.identity, prefix: prefix, tokens: tokens) else {
                return noteFailedSave("it has written \(tokens) tokens")
            }
            savedPrefix[slot] = prefix
            counting.count {
                $0.saves += 1
                $0.savedTokens += tokens
            }
        } catch {
            archive.giveUpSaving(part)
            noteFailedSave("\(error)")
        }
    }

    private func noteFailedSave(_ reason: String) {
        counting.count { $0.failedSaves += 1 }
        logger.warning("a KV state could not be saved: \(reason); its prefix will be computed again")
    }

    private func restore(_ owner: SlotOwner, into slot: Int) async -> StateArchive.Entry? {
        guard layout.keepsStates, owner.isStable, let entry = archive.entry(of: owner, fitting: layout.identity) else {
            return nil
        }
        do {
            let answer = try await talk.slot(slot, "restore", file: entry.name, of: engine)
            guard answer.n_restored == entry.tokens else {
                throw EngineTalk.Problem.status(200, "\(answer.n_restored ?? 0) of \(entry.tokens) tokens")
            }
            counting.count {
                $0.restores += 1
                $0.restoredTokens += entry.tokens
            }
            return entry
        } catch {
            counting.count { $0.failedRestores += 1 }
            logger.warning("a saved KV state was refused: \(error); it is dropped")
            archive.drop(entry)
            return nil
        }
    }

    private func erase(_ slot: Int) async {
        do {
            _ = try await talk.slot(slot, "erase", of: engine)
            board.put(.empty, in: slot)
        } catch {
            // The engine is ending, or it is none that erases; the request will tell.
            logger.warning("a slot could not be emptied: \(error)")
        }
    }

    // MARK: Prefill ahead

    /// Computes a prefix that the owner's next request will begin with, unless a request comes; it then gives way at once.
    func prefillAhead(
        _ owner: SlotOwner, prefix: String, _ request: @escaping @Sendable (Int) -> (path: String, body: [UInt8])?
    ) {
        guard !isClosed, isIdle, !holds(owner, prefix: prefix) else { return }
        prefill = Task {
            guard let lease = await take(owner, prefix: prefix) else { return }
            do {
                guard let request = request(lease.slot) else {
                    return release(lease, reused: nil, isKnown: false)
                }
                try await talk.prefill(request.path, request.body, of: engine)
                release(lease, reused: nil, isKnown: true)
                counting.count { $0.prefills += 1 }
            } catch {
                // What has been computed stays in the slot: the next request begins there.
                release(lease, reused: nil, isKnown: true)
                if Task.isCancelled { counting.count { $0.abandonedPrefills += 1 } }
            }
        }
        let running = prefill
        Task {
            await running?.value
            if prefill == running { prefill = nil }
        }
    }

    private func stopPrefill() async {
        guard let running = prefill else { return }
        running.cancel()
        await running.value
        prefill = nil
    }
}

/// A slot that one request has for itself.
struct SlotLease: Sendable {
    let slot: Int
    let owner: SlotOwner
    /// The digest of what the prompt begins with.
    let prefix: String
    /// What was brought back for it.
    let restored: StateArchive.Entry?
}
