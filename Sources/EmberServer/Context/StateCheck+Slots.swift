import EmberEngine

extension EngineSlots {
    /// Finds out what the engine keeps of prompts, unless a request comes; it then gives way at once.
    ///
    /// - Returns: whether that has begun: not where no slot can be spared.
    func checkStates() async -> Bool {
        guard let check = StateCheck.begin(on: self) else { return false }
        let running = tools.time.later { await check.run(on: self) }
        background = running
        await running.value
        if background == running { background = nil }
        return true
    }
}

// On a slot that holds nothing, while no request runs; what is found out is the slots' to know.
extension StateCheck {
    /// Whose its prompts are: no tenant is named so.
    private static let owner = "\u{0}"
    /// An engine that is slower than this is asked no more.
    private static let mostSeconds = 300.0

    fileprivate static func begin(on slots: isolated EngineSlots) -> StateCheck? {
        let (layout, tools) = (slots.layout, slots.tools)
        let hasRoom = layout.poolTokens.map { slots.board.heldTokens + mostTokens <= $0 } ?? true
        guard slots.board.kept == nil, !slots.isClosed, slots.isIdle, slots.background == nil, !slots.board.isChecked,
            hasRoom, layout.windowTokens >= mostTokens, let slot = slots.board.checkSpare()
        else { return nil }
        return StateCheck(
            talk: tools.talk, engine: slots.engine, slot: slot,
            file: layout.traits.savesStates ? tools.archive.beginTrial() : nil)
    }

    /// A prefix is to be computed ahead, which is worth more.
    static func giveWay(on slots: isolated EngineSlots) async {
        if slots.board.isChecked { await slots.stopBackground() }
    }

    fileprivate func run(on slots: isolated EngineSlots) async {
        var hasRead = false
        do {
            // An engine that refuses that is asked to read nothing.
            try await erase()
            hasRead = true
            let found = try await slots.tools.time.within(.seconds(Self.mostSeconds)) { try await self.run() }
            if let found {
                Self.note(slots.layout.traits.bounded(found), for: slots)
            } else if !Task.isCancelled {
                Self.giveUp("it takes more than \(Self.mostSeconds) s", for: slots)
            }
        } catch {
            if !Task.isCancelled { Self.giveUp("\(error)", for: slots) }
        }
        // No request waits for this.
        slots.tools.time.later { [hasRead] in await cleanUp(slots, hasRead: hasRead) }
    }

    private func cleanUp(_ slots: isolated EngineSlots, hasRead: Bool) async {
        await claim.settled()
        if hasRead {
            do { try await slots.erase(slot) } catch {
                // Of one tenant's own engine nothing is kept from anyone.
                let owners: Set<String> = slots.layout.isShared ? [Self.owner] : []
                slots.board.blur(slot, with: owners, tokens: Self.mostTokens)
            }
        }
        // After the erasure: what the engine was asked to save, it has saved by now.
        if let file { slots.tools.archive.endTrial(file) }
        slots.board.release(slot)
        slots.serve()
    }

    /// A saved state longer than what was tried was not used after its restore.
    static func noteUnused(_ restored: StateArchive.Entry, for slots: isolated EngineSlots) {
        guard var found = slots.board.kept, let tried = slots.layout.traits.testedTokens(found),
            restored.tokens > tried
        else { return }
        (found.restored, found.tokens) = (.nothing, restored.tokens)
        note(found, for: slots)
    }

    private static func note(_ found: KeptStates, for slots: isolated EngineSlots) {
        slots.board.kept = found
        slots.tools.kept.note(found, of: slots.layout)
        let view = KeptView(slots.layout.traits, found)
        slots.tools.logger.info("found out what an engine keeps of prompts", metadata: ["kept": "\(view.sentence)"])
    }

    /// It is not asked again in this run.
    private static func giveUp(_ reason: String, for slots: isolated EngineSlots) {
        slots.tools.kept.end(slots.layout.identity, tries: KeptStatesBook.mostTries)
        slots.tools.logger.debug("what an engine keeps of prompts is not known: \(reason)")
    }
}
