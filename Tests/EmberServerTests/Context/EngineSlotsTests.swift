import Foundation
import Hummingbird
import NIOCore
import Synchronization
import Testing

@testable import EmberEngine
@testable import EmberServer

/// Slots of an engine that says one thing and does another, as llama-server is known to do with some flags.
@Suite struct EngineSlotsTests {
    private let ann = SlotOwner(tenant: "ann", service: "s", prefix: "p")
    private let bob = SlotOwner(tenant: "bob", service: "s", prefix: "p")

    private func roam(_ slots: EngineSlots, _ tenant: String) async throws -> SlotLease {
        try await slots.lease(SlotWish(owner: SlotOwner(tenant: tenant, service: "s"), prefix: "", canChoose: false))
    }

    @Test func aDisplacedPrefixIsSavedAndBroughtBack() async throws {
        try await withPlayedSlots { slots, behaviour, counting, _ in
            try await use(slots, ann)
            try await use(slots, bob)
            try await use(slots, ann)
            try await use(slots, bob)
            // A slot that changes tenants is erased, also where a state of the next one's is then read into it. What is
            // saved already is not saved again.
            #expect(
                behaviour.state.withLock { $0.actions }
                    == ["save", "erase", "save", "erase", "restore", "erase", "restore"])
            #expect(counting.values.states.restores == 2 && counting.values.states.saves == 2)
            await slots.close()
            #expect(counting.values.states.saves == 2)
            await #expect(throws: SlotRefusal.ending) { try await slots.lease(SlotWish(owner: ann, prefix: "1")) }
        }
    }

    /// Else the engine would empty some in silence, in the order of their numbers.
    @Test func theLeastValuableConversationsLeaveBeforeThePoolIsFull() async throws {
        let held = Mutex<[Int]>([])
        try await withPlayedSlots(
            count: 3, pool: 1000, isShared: false,
            report: { news in
                if let tokens = news.take() { held.withLock { $0.append(tokens) } }
            }
        ) { slots, behaviour, counting, _ in
            let passing = SlotOwner(tenant: "ann", service: "t")
            try await use(slots, ann, tokens: 400)
            try await use(slots, passing, tokens: 200)
            #expect(await slots.board.heldTokens == 600)
            // The new one's slot is empty. The conversation without a lasting prefix goes, and that is enough.
            try await use(slots, bob, tokens: 300, room: 150)
            #expect(behaviour.state.withLock { $0.actions } == ["erase"])
            #expect(await slots.board.heldTokens == 700)
            // What the request's own slot holds is room enough.
            try await use(slots, bob, tokens: 350, room: 300)
            #expect(behaviour.state.withLock { $0.actions } == ["erase"])
            // What would last is saved before it goes.
            try await use(slots, passing, tokens: 900, room: 700)
            #expect(behaviour.state.withLock { $0.actions } == ["erase", "save", "erase", "save", "erase"])
            #expect(await slots.board.heldTokens == 900)
            #expect(counting.values.slots.emptiedForRoom == 3)
        }
        #expect(held.withLock { $0 }.contains(900))
    }

    @Test func whatAnEngineDoesNotSayIsCountedAsAWholeWindow() async throws {
        try await withPlayedSlots(count: 2, pool: 2000, isShared: false) { slots, _, _, _ in
            try await use(slots, ann)
            #expect(await slots.board.heldTokens == 1000)
        }
    }

    @Test func aPrefixThatChangedIsSavedAnew() async throws {
        try await withPlayedSlots { slots, _, counting, archive in
            try await use(slots, ann, "1")
            try await use(slots, ann, "2")
            await slots.close()
            #expect(counting.values.states.saves == 1)
            #expect(archive.entry(of: ann, fitting: "0123456789abcdef")?.prefix == "2")
        }
    }

    @Test func savingNothingIsAnErrorThatIsCounted() async throws {
        try await withPlayedSlots { slots, behaviour, counting, archive in
            behaviour.state.withLock { $0.savesNothing = true }
            try await use(slots, ann)
            try await use(slots, bob)
            #expect(counting.values.states.failedSaves == 1 && counting.values.states.saves == 0)
            #expect(archive.size.count == 0)
        }
    }

    /// So little is computed again sooner than it is read.
    @Test(arguments: [1, 2, EngineSlots.leastTokens - 1]) func littleIsNotKeptAndIsNoError(_ tokens: Int) async throws {
        try await withPlayedSlots { slots, behaviour, counting, archive in
            behaviour.state.withLock { $0.saved = tokens }
            try await use(slots, ann)
            try await use(slots, bob)
            #expect(counting.values.states.failedSaves == 0 && counting.values.states.saves == 0)
            #expect(archive.size.count == 0)
        }
    }

    @Test func asManyTokensAsAreWorthItAreKept() async throws {
        try await withPlayedSlots { slots, behaviour, counting, archive in
            behaviour.state.withLock { $0.saved = EngineSlots.leastTokens }
            try await use(slots, ann)
            try await use(slots, bob)
            #expect(counting.values.states.saves == 1 && counting.values.states.savedTokens == EngineSlots.leastTokens)
            #expect(archive.size.count == 1)
        }
    }

    @Test func whatMayNotBeKeptIsNotSaved() async throws {
        try await withPlayedSlots { slots, behaviour, counting, archive in
            let prompt = SlotHolding(owner: ann, prefix: "1", terms: KeepTerms(keep: .none))
            let lease = try await slots.lease(SlotWish(prompt: prompt))
            await slots.release(lease, reused: 90, isKnown: true)
            try await use(slots, bob)
            #expect(behaviour.state.withLock { $0.actions } == ["erase"])
            #expect(archive.size.count == 0 && counting.values.states.failedSaves == 0)
        }
    }

    @Test func whatIsForgottenIsErasedAndNotSavedLater() async throws {
        try await withPlayedSlots(count: 2) { slots, behaviour, counting, archive in
            try await use(slots, ann)
            let running = try await slots.lease(SlotWish(owner: bob, prefix: "1"))
            #expect(await slots.forget(ForgottenStates(tenant: "eve")) == 0)
            #expect(await slots.forget(ForgottenStates(tenant: "ann", service: "s")) == 1)
            #expect(await slots.forget(ForgottenStates(tenant: "bob")) == 1)
            #expect(behaviour.state.withLock { $0.actions } == ["erase"])
            #expect(await !slots.holds(ann, prefix: "1"))
            await slots.release(running, reused: 90, isKnown: true)
            await slots.close()
            #expect(archive.size.count == 0 && counting.values.states.saves == 0)
        }
    }

    @Test func restoringOtherThanWasSavedIsAnErrorAndTheStateIsDropped() async throws {
        try await withPlayedSlots { slots, behaviour, counting, archive in
            try await use(slots, ann)
            try await use(slots, bob)
            behaviour.state.withLock { $0.restored = 0 }
            try await use(slots, ann)
            #expect(counting.values.states.failedRestores == 1 && counting.values.states.restores == 0)
            #expect(archive.entry(of: ann, fitting: "0123456789abcdef") == nil)
        }
    }

    @Test func aRestoreThatIsNotUsedIsAnErrorAndTheStateIsDropped() async throws {
        try await withPlayedSlots { slots, _, counting, archive in
            try await use(slots, ann)
            try await use(slots, bob)
            try await use(slots, ann, reused: 0)
            #expect(counting.values.states.restoresWithoutReuse == 1)
            #expect(archive.entry(of: ann, fitting: "0123456789abcdef") == nil)
            // Healed: the prompt has been computed meanwhile, and is saved again.
            try await use(slots, bob)
            try await use(slots, ann)
            #expect(counting.values.states.restoresWithoutReuse == 1)
        }
    }

    @Test func aRequestThatCannotChooseItsSlotMeetsNothingOfOthers() async throws {
        try await withPlayedSlots(count: 2) { slots, behaviour, _, _ in
            try await use(slots, ann)
            try await use(slots, bob)
            let lease = try await roam(slots, "bob")
            #expect(lease.slot == nil && behaviour.state.withLock { $0.actions } == ["save", "erase"])
            // Ann's next request may not come between.
            let anns = Task { try await slots.lease(SlotWish(owner: ann, prefix: "1")) }
            #expect(await eventually { await !slots.isIdle })
            await slots.release(lease, reused: nil, isKnown: true)
            // What is where is not known now: Ann gets hers back into a slot that is emptied first.
            await slots.release(try await anns.value, reused: 90, isKnown: true)
            #expect(behaviour.state.withLock { $0.actions.suffix(2) } == ["erase", "restore"])
        }
    }

    @Test func oneTenantsRequestsRoamTogetherAndOthersComeInTurn() async throws {
        try await withPlayedSlots(count: 2, patienceSeconds: 60) { slots, _, _, _ in
            let first = try await roam(slots, "bob")
            let second = try await roam(slots, "bob")
            let anns = Task { try await roam(slots, "ann") }
            #expect(await eventually { await slots.waiting == 1 })
            // Bob's next one came later, and waits although others of his run.
            let late = Task { try await slots.lease(SlotWish(owner: bob, prefix: "1")) }
            #expect(await eventually { await slots.waiting == 2 })
            await slots.release(first, reused: nil, isKnown: true)
            #expect(await slots.waiting == 2)
            await slots.release(second, reused: nil, isKnown: true)
            await slots.release(try await anns.value, reused: nil, isKnown: true)
            await slots.release(try await late.value, reused: nil, isKnown: true)
            #expect(await slots.isIdle)
        }
    }

    @Test func whoWaitsTooLongOrGoesIsRefused() async throws {
        try await withPlayedSlots(patienceSeconds: 0.05) { slots, _, _, _ in
            let lease = try await slots.lease(SlotWish(owner: ann, prefix: "1"))
            await #expect(throws: SlotRefusal.busy(seconds: 0.05)) {
                try await slots.lease(SlotWish(owner: bob, prefix: "1"))
            }
            await slots.release(lease, reused: nil, isKnown: true)
        }
        try await withPlayedSlots { slots, _, _, _ in
            let lease = try await slots.lease(SlotWish(owner: ann, prefix: "1"))
            let waiting = Task { try await slots.lease(SlotWish(owner: bob, prefix: "1")) }
            #expect(await eventually { await slots.waiting == 1 })
            waiting.cancel()
            #expect(await waiting.result.isFailure)
            let ended = Task { try await slots.lease(SlotWish(owner: bob, prefix: "1")) }
            #expect(await eventually { await slots.waiting == 1 })
            await slots.end()
            await #expect(throws: SlotRefusal.ending) { try await ended.value }
            await slots.release(lease, reused: nil, isKnown: true)
        }
    }

    /// An engine whose client has gone may still be at work, or not have read the request.
    @Test func aSlotIsGivenOnOnlyWhenTheEngineHasEndedItsWork() async throws {
        try await withPlayedSlots { slots, behaviour, _, _ in
            let lease = try await slots.lease(SlotWish(owner: ann, prefix: "1"))
            let claim = try #require(lease.claim)
            claim.begin()
            await slots.release(lease, reused: nil, isKnown: false)
            let bobs = Task { try await slots.lease(SlotWish(owner: bob, prefix: "1")) }
            #expect(await eventually { await slots.waiting == 1 })
            #expect(behaviour.state.withLock { $0.actions }.isEmpty)
            claim.end()
            let bobsLease = try await bobs.value
            #expect(bobsLease.slot == 0)
            #expect(behaviour.state.withLock { $0.actions } == ["erase"])
            await slots.release(bobsLease, reused: nil, isKnown: true)
        }
    }

    @Test func whereTheEngineErasesNothingNothingIsReused() async throws {
        try await withPlayedSlots { slots, behaviour, counting, _ in
            behaviour.state.withLock { $0.erasesNothing = true }
            try await use(slots, ann)
            let bobs = try await slots.lease(SlotWish(owner: bob, prefix: "1"))
            #expect(bobs.slot == 0 && bobs.reusesNothing)
            await slots.release(bobs, reused: nil, isKnown: true)
            // Also Ann's own next one: what is left of Bob's is not hers.
            let anns = try await slots.lease(SlotWish(owner: ann, prefix: "1"))
            #expect(anns.reusesNothing)
            await slots.release(anns, reused: nil, isKnown: true)
            // What cannot say that it reuses nothing does not run; several answers can.
            await #expect(throws: SlotRefusal.notEmptied) { try await roam(slots, "bob") }
            let spread = try await slots.lease(SlotWish(owner: bob, prefix: "1", answers: 2))
            #expect(spread.slot == nil && spread.reusesNothing)
            await slots.release(spread, reused: nil, isKnown: false)
            #expect(await slots.isIdle && counting.values.slots.refusedErasures == 4)
            behaviour.state.withLock { $0.erasesNothing = false }
            try await use(slots, ann)
        }
    }

    /// With one tenant nothing is erased before a request, and nothing waits that need not.
    @Test func oneTenantNeedsNoErasing() async throws {
        try await withPlayedSlots(count: 2, isShared: false) { slots, behaviour, _, _ in
            try await use(slots, ann)
            let lease = try await roam(slots, "ann")
            #expect(lease.slot == nil && lease.claim == nil)
            let other = try await slots.lease(SlotWish(owner: ann, prefix: "1"))
            #expect(other.slot == 0 && other.claim == nil)
            #expect(behaviour.state.withLock { $0.actions }.isEmpty)
            await slots.release(other, reused: nil, isKnown: false)
            await slots.release(lease, reused: nil, isKnown: true)
            #expect(await !slots.holds(ann, prefix: "1"))
            // What may be anything is of no use to anything: it leaves the pool.
            #expect(await eventually { await slots.isIdle })
            #expect(behaviour.state.withLock { $0.actions } == ["erase", "erase"])
        }
    }
}

extension Result {
    fileprivate var isFailure: Bool { if case .failure = self { true } else { false } }
}
