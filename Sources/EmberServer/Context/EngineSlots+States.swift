// What the engine is asked to do with its slots' contents.
extension EngineSlots {
    /// States of fewer tokens are sooner computed than read.
    static let leastTokens = 32
    /// How long an engine that is to stop may take to save, whatever was expected.
    private static let saveSeconds = 5.0

    /// Whether the wish's prompt may follow at once in a slot that was leased for it: nothing is saved, erased or
    /// restored before.
    func isReady(_ slot: Int, for wish: SlotWish) -> Bool {
        board.slots[slot].content.isReady(for: wish.owner) && wish.found == nil
            && StateWriter.displaced(slot, by: wish.prompt, on: self) == nil
    }

    /// A slot that was leased for the wish, and is fit for it.
    func goOn(_ slot: Int, _ wish: SlotWish) -> SlotLease {
        let expected = board.put(wish.prompt, in: slot)
        QuietWatch.end(slot, wish.owner.service, isSame: expected > 0, on: self)
        return SlotLease(wish: wish, slot: slot, expectedTokens: expected)
    }

    /// Makes a slot that was leased for the wish fit for it.
    func prepare(_ slot: Int, for wish: SlotWish) async throws -> SlotLease {
        let (owner, content) = (wish.owner, board.slots[slot].content)
        guard !isReady(slot, for: wish) else { return goOn(slot, wish) }
        await StateWriter.saveDisplaced(slot, by: wish.prompt, on: self)
        QuietWatch.end(slot, owner.service, isSame: false, on: self)
        var lease = SlotLease(wish: wish, slot: slot)
        do {
            // What another tenant left must not even shorten this one's prompt.
            if !content.isOpen(to: owner.tenant) { try await erase(slot) }
            lease.restored = await StateReader.restore(for: wish, into: slot, on: self)
            lease.expectedTokens = board.put(wish.prompt, in: slot)
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
            await StateWriter.saveDisplaced(other, on: self)
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
            await StateWriter.saveDisplaced(slot, on: self)
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
            await StateWriter.saveDisplaced(slot, on: self)
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
            _ = await tools.time.within(.seconds(Self.saveSeconds)) { await StateWriter.saveLeaving(on: self) }
        }.value
    }

    /// - Throws: `SlotRefusal.notEmptied` where the engine says that it does not, or why it does not answer.
    func erase(_ slot: Int) async throws {
        saves.unsettle(slot)
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
