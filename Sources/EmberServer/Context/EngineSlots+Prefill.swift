import EmberEngine

// Prefixes computed ahead of any request.
extension EngineSlots {
    /// Computes a prefix that the owner's next request will begin with, unless a request comes; it then gives way at
    /// once.
    func prefillAhead(
        _ owner: SlotOwner, prefix: String, _ request: @escaping @Sendable (Int) -> (path: String, body: [UInt8])?
    ) {
        guard !isClosed, isIdle, !holds(owner, prefix: prefix),
            let slot = board.lease(for: owner, prefix: prefix)
        else { return }
        let running = tools.time.later { await fill(slot, SlotWish(owner: owner, prefix: prefix), request) }
        prefill = running
        tools.time.later {
            await running.value
            if prefill == running { prefill = nil }
        }
    }

    private func fill(
        _ slot: Int, _ wish: SlotWish, _ request: @Sendable (Int) -> (path: String, body: [UInt8])?
    ) async {
        guard var lease = try? await tools.time.later({ try await prepare(slot, for: wish) }).value else { return }
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

    func stopPrefill() async {
        guard let running = prefill else { return }
        running.cancel()
        await running.value
        prefill = nil
    }
}
