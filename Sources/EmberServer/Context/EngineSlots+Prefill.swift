import EmberEngine

// Prefixes computed ahead of any request.
extension EngineSlots {
    /// Computes a prefix that the owner's next request will begin with, unless a request comes; it then gives way at
    /// once.
    func prefillAhead(
        _ owner: SlotOwner, prefix: String, _ request: @escaping @Sendable (Int) -> (path: String, body: [UInt8])?
    ) {
        guard !isClosed, isIdle, background == nil, board.extent > .nothing, !holds(owner, prefix: prefix),
            let slot = board.lease(for: SlotHolding(owner: owner, prefix: prefix))
        else { return }
        let wish = SlotWish(prompt: SlotHolding(owner: owner, prefix: prefix))
        let running = tools.time.later { await fill(slot, wish, request) }
        background = running
        tools.time.later {
            await running.value
            if background == running { background = nil }
        }
    }

    private func fill(
        _ slot: Int, _ wish: SlotWish, _ request: @Sendable (Int) -> (path: String, body: [UInt8])?
    ) async {
        let prepared = tools.time.later {
            // It runs alone: what it may come to have is a window at most.
            if let pool = layout.poolTokens { await letGo(of: board.heldTokens + layout.windowTokens - pool) }
            return try await prepare(slot, for: wish)
        }
        guard var lease = try? await prepared.value else { return }
        guard !lease.reusesNothing, let request = request(slot) else {
            return release(lease, reused: nil, isKnown: false)
        }
        if layout.isShared { lease.claim = WireClaim() }
        do {
            try await tools.talk.prefill(request.path, request.body, of: engine, claim: lease.claim)
            release(lease, reused: nil, isKnown: true)
            tools.counting.count { $0.slots.prefills += 1 }
        } catch {
            // What has been computed stays in the slot: the next request begins there.
            release(lease, reused: nil, isKnown: true)
            if Task.isCancelled { tools.counting.count { $0.slots.abandonedPrefills += 1 } }
        }
    }

    /// A save that the engine was asked for goes on to its end, which is near.
    func stopBackground() async {
        guard let running = background else { return }
        running.cancel()
        await running.value
        if background == running { background = nil }
    }
}
