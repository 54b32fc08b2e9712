import EmberConfig
import Testing

@testable import EmberServer

/// When conversations are saved, and which of them come back.
@Suite struct SavingTests {
    private let opening = [words(100, "a")]
    private var next: [String] { opening + ["yes", words(20, "b")] }
    private let other = [words(100, "c")]

    /// Lets time pass until something was saved.
    private func waitForSaves(_ count: Int, _ saved: SavedSlots) async {
        #expect(
            await eventually {
                // The timer may begin only after this.
                saved.pass(1)
                return saved.counters.saves >= count
            })
    }

    // MARK: Ahead

    @Test func aConversationIsSavedOnceItIsQuietAndRestoredOnTheNextEngine() async throws {
        let saved = try SavedSlots()
        try await saved.run { slots in
            try await saved.ask(slots, opening)
            #expect(saved.counters.saves == 0)
            await waitForSaves(1, saved)
            #expect(await slots.conversations(of: "ann").map(\.saved) == [true])
        }
        // What was saved ahead is not saved again when the engine leaves.
        #expect(saved.counters.saves == 1 && saved.counting.values.saving.writtenBytes > 0)
        try await saved.run { slots in
            let (lease, reused) = try await saved.ask(slots, next)
            #expect(lease.restored != nil && lease.expectedTokens == reused && reused > 100)
            #expect(await slots.conversations(of: "ann").map(\.saved) == [false])
        }
        #expect(saved.counters.restores == 1 && saved.counters.restoresWithoutReuse == 0)
        // The longer one has taken its place.
        #expect(saved.counters.saves == 2 && saved.archive.size.count == 1)
    }

    @Test func whatGoesOnBeforeItIsQuietIsNotSaved() async throws {
        let saved = try SavedSlots()
        try await saved.run { slots in
            try await saved.ask(slots, opening)
            for turn in 1...5 {
                saved.pass(0.5)
                try await saved.ask(slots, opening + (0..<2 * turn).map { words(10, "t\($0)") })
            }
            #expect(saved.counters.saves == 0)
            await waitForSaves(1, saved)
            #expect(saved.counters.saves == 1)
        }
    }

    @Test func aRequestWaitsWhileItsSlotIsWrittenAndGoesOnThere() async throws {
        let gate = Gate()
        let saved = try SavedSlots(saveGate: gate)
        try await saved.run { slots in
            let slot = try await saved.ask(slots, opening).lease.slot
            #expect(
                await eventually {
                    saved.pass(1)
                    return saved.engine.asked.contains("save")
                })
            let prompt = try saved.prompt(next)
            let lease = Task { try await slots.lease(SlotWish(prompt: prompt)) }
            #expect(await eventually { await slots.background?.isCancelled == true })
            gate.open()
            let leased = try await lease.value
            #expect(leased.slot == slot && leased.restored == nil)
            await slots.release(leased, reused: 100, prompt: 120, tokens: 121, isKnown: true)
            // The state of before is whole all the same.
            #expect(await eventually { saved.counters.saves == 1 })
        }
    }

    @Test func whatMayNotBeKeptIsNotSaved() async throws {
        let saved = try SavedSlots()
        try await saved.run { slots in
            try await saved.ask(slots, opening, keep: false)
            saved.pass(100)
            try await saved.ask(slots, other, keep: false)
        }
        #expect(!saved.engine.asked.contains("save") && saved.archive.size.count == 0)
    }

    @Test func littleIsNotSaved() async throws {
        let saved = try SavedSlots()
        try await saved.run { slots in try await saved.ask(slots, [words(10)]) }
        #expect(!saved.engine.asked.contains("save"))
    }

    @Test func nothingIsSavedAboveTheLimitOfWrites() async throws {
        let saved = try SavedSlots(writeLimit: 0)
        try await saved.run { slots in
            try await saved.ask(slots, opening)
            #expect(
                await eventually {
                    saved.pass(1)
                    return saved.counting.values.saving.withheldSaves == 1
                })
        }
        #expect(!saved.engine.asked.contains("save") && saved.counting.values.saving.withheldSaves == 1)
    }

    /// As on a full disk: the engine says so each time.
    @Test func whatCannotBeSavedIsTriedOnceATurn() async throws {
        let saved = try SavedSlots()
        saved.engine.refuse("save")
        try await saved.run { slots in
            try await saved.ask(slots, opening)
            #expect(
                await eventually {
                    saved.pass(1)
                    return saved.counters.failedSaves == 1
                })
            saved.pass(100)
            #expect(try await saved.ask(slots, next).reused > 100)
        }
        #expect(saved.counters.failedSaves == 2 && saved.counters.saves == 0 && saved.archive.size.count == 0)
    }

    // MARK: Displaced, and before the engine leaves

    @Test func moreConversationsThanSlotsComeBack() async throws {
        let saved = try SavedSlots(count: 1)
        try await saved.run { slots in
            try await saved.ask(slots, opening)
            try await saved.ask(slots, other)
            #expect(saved.counters.saves == 1)
            let (lease, reused) = try await saved.ask(slots, next)
            #expect(lease.restored != nil && reused > 100)
            #expect(try await saved.ask(slots, other + ["yes", "more"]).reused > 100)
        }
        #expect(saved.counters.restores == 2)
    }

    /// The request that wants the slot would wait for it.
    @Test func whatTakesLongIsNotSavedForANewcomer() async throws {
        let saved = try SavedSlots(count: 1)
        saved.engine.takeToSave(0.2)
        try await saved.run { slots in
            try await saved.ask(slots, opening)
            // The first one is measured.
            try await saved.ask(slots, other)
            #expect(saved.counters.saves == 1)
            try await saved.ask(slots, [words(100, "d")])
            #expect(saved.counters.saves == 1)
        }
    }

    @Test func anEngineThatLeavesSavesTheLatestAndWhatIsShort() async throws {
        for (seconds, count) in [(0.01, 3), (0.3, 1)] {
            let saved = try SavedSlots(count: 3)
            saved.engine.takeToSave(seconds)
            try await saved.run { slots in
                for word in ["d", "e", "f"] { try await saved.ask(slots, [words(100, word)]) }
            }
            #expect(saved.counters.saves == count)
            #expect(saved.archive.match(for: try saved.prompt([words(100, "f")]), fitting: StateStation.fit) != nil)
        }
    }

    // MARK: Whose

    @Test func noTenantMeetsAnothersState() async throws {
        let saved = try SavedSlots(isShared: true)
        try await saved.run { slots in try await saved.ask(slots, opening) }
        try await saved.run { slots in
            let (lease, reused) = try await saved.ask(slots, next, tenant: "bob")
            #expect(lease.restored == nil && reused == 0)
            // In the slot that was another's, too.
            try await saved.ask(slots, other, tenant: "bob")
            #expect(try await saved.ask(slots, next).lease.restored != nil)
        }
    }

    @Test func aBeginningThatConversationsShareIsRestoredForANewcomer() async throws {
        let saved = try SavedSlots(count: 1)
        let system = words(300, "s")
        func conversation(_ user: String) -> [String] { [system, "yes", words(20, user)] }
        try await saved.run { slots in
            try await saved.ask(slots, conversation("u"))
            try await saved.ask(slots, conversation("v"))
        }
        try await saved.run { slots in
            // It has grown, and what others have in common stays.
            let long = conversation("v") + ["yes", words(400, "w")]
            let reused = try await saved.ask(slots, long).reused
            #expect(reused > 300)
        }
        try await saved.run { slots in
            let (lease, reused) = try await saved.ask(slots, conversation("x"))
            #expect(reused > 300 && lease.restored.map { $0.tokens < 400 } == true)
        }
        // Without what it has in common with others: a conversation goes with its earlier turns.
        let id = try #require(
            try saved.prompt(conversation("v") + ["yes", words(400, "w")]).chain.id)
        var what = ForgottenStates(tenant: "ann", conversation: id)
        what.note(saved.archive.entries(of: "ann").map(\.origin.chain))
        try await saved.archive.forget(what)
        let left = saved.archive.entries(of: "ann").map(\.origin.chain)
        let gone = try saved.prompt(conversation("v")).chain
        #expect(!left.contains { $0.sharedBytes(with: gone) == gone.bytes })
    }

    // MARK: Checked

    @Test func statesThatAreNotUsedAreTrustedNoMore() async throws {
        let saved = try SavedSlots(count: 1)
        for turn in 0..<3 {
            try await saved.run { slots in
                let (lease, _) = try await saved.ask(
                    slots, opening + (0..<2 * turn).map { words(10, "t\($0)") }, forgets: turn > 0)
                #expect((lease.restored != nil) == (turn > 0))
            }
            #expect(saved.counting.values.saving.distrustedStates == 0)
        }
        try await saved.run { slots in
            try await saved.ask(slots, opening + (0..<6).map { words(10, "t\($0)") }, forgets: true)
            try await saved.ask(slots, other)
        }
        #expect(saved.counters.restores == 3 && saved.counters.restoresWithoutReuse == 3)
        #expect(saved.archive.size.count == 0)
        #expect(saved.logs.warnings.contains { $0.contains("three times in a row") })
        // Another service's are.
        try await saved.run { slots in try await saved.ask(slots, opening, service: "t") }
        #expect(saved.archive.size.count == 1)
    }

    @Test(arguments: ReuseExtent.allCases) func onlyWhatTheEngineCanUseIsSavedAndRestored(
        restored: ReuseExtent
    ) async throws {
        let saved = try SavedSlots(count: 1, restored: restored)
        let kept = KeptStates(inSlot: .anywhere, restored: restored, tokens: 1000)
        try await saved.run(kept: kept) { slots in try await saved.ask(slots, opening + ["yes", words(50, "b")]) }
        #expect((saved.counters.saves == 1) == (restored > .nothing))
        try await saved.run(kept: kept) { slots in
            let (lease, reused) = try await saved.ask(slots, opening + ["yes", words(50, "c")])
            #expect((lease.restored != nil) == (restored >= .lastMessage))
            #expect((reused > 50) == (restored >= .lastMessage))
        }
        #expect(saved.counters.restoresWithoutReuse == 0)
    }

    @Test func aStateThatTheEngineRefusesIsDroppedAndItsPromptComputed() async throws {
        let saved = try SavedSlots()
        try await saved.run { slots in try await saved.ask(slots, opening) }
        saved.engine.refuse("restore")
        try await saved.run { slots in
            let (lease, reused) = try await saved.ask(slots, next)
            #expect(lease.restored == nil && lease.expectedTokens == 0 && reused == 0)
        }
        #expect(saved.counters.failedRestores == 1)
        // Healed: it was computed, and is saved again.
        saved.engine.accept("restore")
        try await saved.run { slots in
            let lease = try await saved.ask(slots, next + ["yes", "more"]).lease
            #expect(lease.restored != nil)
        }
    }
}
