import Foundation
import Testing

@testable import EmberContext
@testable import EmberEngine
@testable import EmberServer

/// What requests for several answers take of an engine's slots, and what is compared behind each answer.
@Suite struct EngineSlotsAnswersTests {
    private let ann = SlotOwner(tenant: "ann", service: "s", prefix: "p")

    @Test func severalAnswersHaveTheirSlotsBeforeAndLeaveNothingInThem() async throws {
        try await withPlayedSlots(count: 3, pool: 1000, isShared: false) { slots, behaviour, _, _ in
            let other = SlotOwner(tenant: "ann", service: "t", prefix: "p")
            try await use(slots, other, tokens: 50)
            try await use(slots, ann, tokens: 100)
            let lease = try await slots.lease(SlotWish(owner: ann, prefix: "1", answers: 3))
            #expect(lease.slot == 1 && lease.others == [0, 2])
            // The prefix in a slot that the engine takes is saved before.
            #expect(behaviour.state.withLock { $0.actions } == ["save", "erase"])
            let next = Task { try await slots.lease(SlotWish(owner: other, prefix: "1")) }
            #expect(await eventually { await slots.waiting == 1 })
            await slots.release(lease, reused: 90, prompt: 95, tokens: 300, isKnown: true)
            let restored = try await next.value
            #expect(restored.restored != nil && restored.slot != 1)
            await slots.release(restored, reused: 90, isKnown: true)
            #expect(await eventually { await slots.isIdle })
            #expect(behaviour.state.withLock { $0.actions.filter { $0 == "erase" } }.count == 3)
            // Its own slot is known: it goes on there.
            let again = try await slots.lease(SlotWish(owner: ann, prefix: "1"))
            #expect(again.slot == 1)
            await slots.release(again, reused: nil, isKnown: true)
        }
    }

    @Test func anEngineThatFailsARequestForSeveralAnswersKeepsNoSlot() async throws {
        try await withPlayedSlots(count: 2, isShared: false) { slots, _, _, _ in
            let lease = try await slots.lease(SlotWish(owner: ann, prefix: "1", answers: 2))
            await slots.release(lease, reused: nil, isKnown: false)
            #expect(await eventually { await slots.isIdle })
            let both = try await slots.lease(SlotWish(owner: ann, prefix: "1", answers: 2))
            #expect(both.others.count == 1)
            await slots.release(both, reused: nil, isKnown: true)
            #expect(await eventually { await slots.isIdle })
        }
    }

    @Test func reuseIsComparedWithWhatTheSlotHeld() async throws {
        try await withPlayedSlots(count: 2, isShared: false) { slots, _, counting, _ in
            var chain = PromptChain()
            let key = ChainKey()
            // The last token is always computed, and a template may change a little; the last turn reuses half.
            let turns: [(prompt: Int, reused: Int)] = [(100, 0), (150, 104), (200, 140), (250, 100)]
            var expected: [Int] = []
            for turn in turns {
                Array("more".utf8).withUnsafeBufferPointer { chain.append($0[...], key: key) }
                let holding = SlotHolding(owner: SlotOwner(tenant: "ann", service: "s"), prefix: "", chain: chain)
                let lease = try await slots.lease(SlotWish(prompt: holding))
                await slots.release(
                    lease, reused: turn.reused, prompt: turn.prompt, tokens: turn.prompt + 5, isKnown: true)
                expected.append(lease.expectedTokens)
            }
            #expect(expected == [0, 100, 150, 200])
            let counters = counting.values.slots
            #expect(counters.shortfalls == 1 && counters.expectedTokens == 450 && counters.reusedTokens == 344)
        }
    }
}
