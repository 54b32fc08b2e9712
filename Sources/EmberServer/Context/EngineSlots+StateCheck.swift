import EmberEngine

// What the engine keeps of prompts is found out on a slot that holds nothing, while no request runs.
extension EngineSlots {
    /// Whose the check's prompts are: no tenant is named so.
    private static let checker = "\u{0}"
    /// An engine that is slower than this is asked no more.
    private static let checkSeconds = 60.0

    /// Finds out what the engine keeps, unless a request comes; it then gives way at once.
    ///
    /// - Returns: whether that has begun: not where no slot can be spared.
    func checkStates() async -> Bool {
        let hasRoom = layout.poolTokens.map { board.heldTokens + StateCheck.mostTokens <= $0 } ?? true
        guard board.kept == nil, !isClosed, isIdle, prefill == nil, !board.isChecked, hasRoom,
            layout.windowTokens >= StateCheck.mostTokens, let slot = board.checkSpare()
        else { return false }
        let check = StateCheck(
            talk: tools.talk, engine: engine, slot: slot,
            file: layout.traits.savesStates ? tools.archive.beginTrial() : nil)
        let running = tools.time.later { await run(check) }
        prefill = running
        await running.value
        if prefill == running { prefill = nil }
        return true
    }

    /// A prefix is to be computed ahead, which is worth more.
    func stopCheck() async { if board.isChecked { await stopPrefill() } }

    private func run(_ check: StateCheck) async {
        var hasRead = false
        do {
            // An engine that refuses that is asked to read nothing.
            try await check.erase()
            hasRead = true
            let found = try await tools.time.within(.seconds(Self.checkSeconds)) { try await check.run() }
            if let found {
                learn(layout.traits.bounded(found))
            } else if !Task.isCancelled {
                noteFailedCheck("it takes more than \(Self.checkSeconds) s")
            }
        } catch {
            if !Task.isCancelled { noteFailedCheck("\(error)") }
        }
        // No request waits for this.
        tools.time.later { [hasRead] in await cleanUp(after: check, hasRead: hasRead) }
    }

    private func learn(_ found: KeptStates) {
        board.kept = found
        tools.kept.note(found, of: layout)
        let view = KeptView(layout.traits, found)
        tools.logger.info("found out what an engine keeps of prompts", metadata: ["kept": "\(view.sentence)"])
    }

    /// A saved state longer than what was tried was not used after its restore.
    func noteUnused(_ restored: StateArchive.Entry) {
        guard var found = board.kept, let tried = layout.traits.testedTokens(found), restored.tokens > tried else {
            return
        }
        (found.restored, found.tokens) = (.nothing, restored.tokens)
        learn(found)
    }

    /// It is not asked again in this run.
    private func noteFailedCheck(_ reason: String) {
        tools.kept.end(layout.identity, tries: KeptStatesBook.mostTries)
        tools.logger.debug("what an engine keeps of prompts is not known: \(reason)")
    }

    private func cleanUp(after check: StateCheck, hasRead: Bool) async {
        await check.claim.settled()
        if hasRead {
            do { try await erase(check.slot) } catch {
                // Of one tenant's own engine nothing is kept from anyone.
                board.blur(check.slot, with: layout.isShared ? [Self.checker] : [], tokens: StateCheck.mostTokens)
            }
        }
        // After the erasure: what the engine was asked to save, it has saved by now.
        if let file = check.file { tools.archive.endTrial(file) }
        board.release(check.slot)
        serve()
    }
}
