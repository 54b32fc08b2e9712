// What the engine is asked to do with its slots' contents.
extension EngineSlots {
    /// States of fewer tokens are sooner computed than read.
    static let leastTokens = 32
    /// How long an engine that is to stop may take to save.
    private static let saveSeconds = 5.0

    /// A slot that was leased for the wish, and is fit for it.
    func goOn(_ slot: Int, _ wish: SlotWish) -> SlotLease {
        SlotLease(wish: wish, slot: slot, expectedTokens: board.put(wish.prompt, in: slot))
    }

    /// Makes a slot that was leased for the wish fit for it.
    func prepare(_ slot: Int, for wish: SlotWish) async throws -> SlotLease {
        let (owner, content) = (wish.owner, board.slots[slot].content)
        guard !content.isReady(for: owner) else { return goOn(slot, wish) }
        await save(slot)
        savedPrefix[slot] = nil
        var lease = SlotLease(wish: wish, slot: slot)
        do {
            // What another tenant left must not even shorten this one's prompt.
            if !content.isOpen(to: owner.tenant) { try await erase(slot) }
            lease.restored = await restore(owner, into: slot)
            lease.expectedTokens = board.put(wish.prompt, in: slot)
            savedPrefix[slot] = lease.restored?.prefix
        } catch SlotRefusal.notEmptied {
            board.blur(slot, with: owner.tenant, tokens: 0)
            lease.reusesNothing = true
        } catch {
            board.release(slot)
            serve()
            throw error
        }
        board.begin(slot, owner.tenant)
        return lease
    }

    /// The same for a request whose other answers the engine computes on other slots. It would empty those itself; but
    /// what is worth it is saved before, and leaves the pool before it is filled again.
    func prepare(_ slot: Int, with others: [Int], for wish: SlotWish) async throws -> SlotLease {
        for other in others where board.slots[other].content != .empty {
            await save(other)
            try? await erase(other)
        }
        await letGo(of: wish.room - board.slots[slot].tokens)
        do {
            var lease = try await prepare(slot, for: wish)
            lease.others = others
            return lease
        } catch {
            for other in others { board.release(other) }
            serve()
            throw error
        }
    }

    /// Empties slots that were kept for that, and gives them back. Where the engine refuses, they may hold what they
    /// held.
    func giveBackEmptied(_ slots: [Int]) async {
        for slot in slots {
            try? await erase(slot)
            board.release(slot)
        }
        tellHeld()
        serve()
    }

    /// Empties slots that were kept for that, so that a request may run on any of them.
    func empty(_ slots: [Int], for wish: SlotWish) async throws -> SlotLease {
        var lease = SlotLease(wish: wish, slot: nil)
        var problem: (any Error)?
        for slot in slots {
            await save(slot)
            savedPrefix[slot] = nil
            do { try await erase(slot) } catch { problem = problem ?? error }
            board.release(slot)
        }
        if let problem {
            // Some requests can say that they reuse nothing.
            lease.reusesNothing = problem as? SlotRefusal == .notEmptied && wish.canChoose
            if !lease.reusesNothing { board.endRoaming(tokens: 0) }
        }
        serve()
        if let problem, !lease.reusesNothing { throw problem }
        return lease
    }

    /// Empties the least valuable of the free slots until they hold that many tokens less, or none: else the engine
    /// would empty some in silence once its pool is full. What is worth it is saved before.
    func letGo(of tokens: Int) async {
        var missing = tokens
        while missing > 0, let slot = board.leastValuable {
            let tokens = board.slots[slot].tokens
            board.reserve(slot)
            await save(slot)
            try? await erase(slot)
            // Of one that is not erased the engine makes room itself.
            board.hold(0, in: slot)
            board.release(slot)
            missing -= tokens
            tools.counting.count { $0.slots.emptiedForRoom += 1 }
        }
        if tokens > 0 {
            tellHeld()
            serve()
        }
    }

    /// What free slots hold of that is erased, and not saved; what runs now is not saved later.
    ///
    /// - Returns: how many slots held any.
    func forget(_ what: ForgottenStates) async -> Int {
        var count = 0
        for index in board.slots.indices {
            guard case .held(let holding) = board.slots[index].content, what.includes(holding) else { continue }
            count += 1
            board.keepFromSaving(index)
            guard board.slots[index].isFree else { continue }
            board.reserve(index)
            // Where that fails, the slot is still the tenant's own.
            try? await erase(index)
            board.release(index)
            tellHeld()
            serve()
        }
        return count
    }

    /// Saves what is worth it, before the engine stops. Nothing is leased after this.
    func close() async {
        await end()
        // Also where the waiting task is cancelled.
        await tools.time.later { [tools] in
            _ = await tools.time.within(.seconds(Self.saveSeconds)) { await self.saveFree() }
        }.value
    }

    private func saveFree() async {
        for index in board.slots.indices where board.slots[index].isFree && !Task.isCancelled {
            await save(index)
        }
    }

    private func save(_ slot: Int) async {
        guard layout.traits.isWorthSaving(board.slots[slot].tokens, board.kept),
            case .held(let holding) = board.slots[slot].content, holding.owner.isStable,
            savedPrefix[slot] != holding.prefix,
            let saving = tools.archive.beginSaving(holding, fitting: layout.identity)
        else { return }
        do {
            let answer = try await tools.talk.slot(slot, "save", file: saving.part, of: engine)
            let tokens = answer.n_saved ?? 0
            guard tokens >= Self.leastTokens || tokens == 0 else {
                tools.archive.giveUpSaving(saving)
                return
            }
            guard try await tools.archive.finishSaving(saving, tokens: tokens) != nil else { return }
            savedPrefix[slot] = holding.prefix
            tools.counting.count {
                $0.states.saves += 1
                $0.states.savedTokens += tokens
            }
        } catch {
            tools.archive.giveUpSaving(saving)
            noteFailedSave("\(error)")
        }
    }

    private func noteFailedSave(_ reason: String) {
        tools.counting.count { $0.states.failedSaves += 1 }
        tools.logger.warning("a KV state could not be saved: \(reason); its prefix will be computed again")
    }

    private func restore(_ owner: SlotOwner, into slot: Int) async -> StateArchive.Entry? {
        guard owner.isStable, let entry = tools.archive.entry(of: owner, fitting: layout.identity),
            layout.traits.isWorthSaving(entry.tokens, board.kept)
        else { return nil }
        do {
            guard await tools.archive.isWhole(entry) else { throw DamagedState() }
            let answer = try await tools.talk.slot(slot, "restore", file: entry.name, of: engine)
            guard answer.n_restored == entry.tokens else {
                throw EngineTalk.Problem.status(200, "\(answer.n_restored ?? 0) of \(entry.tokens) tokens")
            }
            tools.counting.count {
                $0.states.restores += 1
                $0.states.restoredTokens += entry.tokens
            }
            return entry
        } catch {
            tools.counting.count { $0.states.failedRestores += 1 }
            tools.logger.warning(
                "a saved KV state is of no use: \(error); it is dropped, and its prefix computed again")
            tools.archive.drop(entry)
            return nil
        }
    }

    /// - Throws: `SlotRefusal.notEmptied` where the engine says that it does not, or why it does not answer.
    func erase(_ slot: Int) async throws {
        savedPrefix[slot] = nil
        do {
            let answer = try await tools.talk.slot(slot, "erase", of: engine)
            // What only says that all is well has confirmed nothing.
            guard answer.n_erased != nil else { throw EngineTalk.Problem.unreadable }
            board.empty(slot)
        } catch let problem as EngineTalk.Problem {
            tools.counting.count { $0.slots.refusedErasures += 1 }
            if !hasToldRefusal {
                hasToldRefusal = true
                tools.logger.warning(
                    "an engine does not erase its slots: \(problem); what runs where others have run reuses nothing")
            }
            throw SlotRefusal.notEmptied
        }
    }
}

/// A saved state is not what it was when it was saved.
private struct DamagedState: Error, CustomStringConvertible {
    let description = "its checksum is not the one that it was saved with"
}
