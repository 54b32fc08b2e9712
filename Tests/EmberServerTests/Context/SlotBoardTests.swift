import EmberCore
import Testing

@testable import EmberServer

@Suite struct SlotBoardTests {
    private let ann = SlotOwner(tenant: "ann", service: "s", prefix: "fixed")
    private let bob = SlotOwner(tenant: "bob", service: "s", prefix: "fixed")
    private let passing = SlotOwner(tenant: "ann", service: "s")

    private func fill(_ board: inout SlotBoard, _ owner: SlotOwner, _ prefix: String) -> Int? {
        guard let slot = board.lease(for: owner, prefix: prefix) else { return nil }
        board.put(.held(owner, prefix: prefix), in: slot)
        board.release(slot)
        return slot
    }

    @Test func aRequestGoesWhereItsPrefixIs() {
        var board = SlotBoard(count: 3)
        let mine = fill(&board, ann, "1")
        _ = fill(&board, bob, "1")
        #expect(fill(&board, ann, "1") == mine)
        // Also when the prefix has changed since: its beginning is likely still the same.
        #expect(fill(&board, ann, "2") == mine)
    }

    @Test func whatWouldStayIsGivenUpLast() {
        var board = SlotBoard(count: 3)
        let first = fill(&board, ann, "1")
        let second = fill(&board, passing, "2")
        let third = fill(&board, bob, "1")
        #expect(Set([first, second, third]).count == 3)
        // The one without a lasting prefix goes, though it was used later than Ann's.
        #expect(fill(&board, SlotOwner(tenant: "eve", service: "s", prefix: "p"), "1") == second)
        // Then the longest unused.
        #expect(fill(&board, SlotOwner(tenant: "eve", service: "t", prefix: "p"), "1") == first)
    }

    @Test func aLeasedSlotIsNobodyElses() {
        var board = SlotBoard(count: 2)
        let a = board.lease(for: ann, prefix: "1")
        let b = board.lease(for: ann, prefix: "1")
        #expect(a != nil && b != nil && a != b)
        #expect(board.lease(for: ann, prefix: "1") == nil)
        #expect(!board.isIdle)
        board.release(0)
        board.release(1)
        #expect(board.isIdle)
    }

    @Test func whereTheEngineChoseNothingIsKnown() {
        var board = SlotBoard(count: 2)
        let mine = fill(&board, ann, "1")
        let leased = board.lease(for: bob, prefix: "1")
        board.put(.held(bob, prefix: "1"), in: leased ?? 0)
        board.muddle(tenant: "eve")
        #expect(board.slots[mine ?? 0].content == .unknown(tenant: "eve"))
        #expect(board.slots[leased ?? 0].content.owner == bob)
    }

    /// Whatever happens, a slot has one request at a time, and its own tenant's content when it is leased again.
    @Test(arguments: UInt64(1)...5) func randomLeases(_ seed: UInt64) {
        var lots = SeededGenerator(seed: seed)
        var board = SlotBoard(count: 4)
        var leased: [Int: SlotOwner] = [:]
        for _ in 0..<2000 {
            if Bool.random(using: &lots), let slot = leased.keys.sorted().randomElement(using: &lots) {
                board.release(slot)
                leased[slot] = nil
            } else {
                let prefix = Bool.random(using: &lots) ? "p" : ""
                let owner = SlotOwner(
                    tenant: ["ann", "bob"].randomElement(using: &lots)!, service: "s", prefix: prefix)
                let digest = String(Int.random(in: 0..<3, using: &lots))
                let slot = board.lease(for: owner, prefix: digest)
                #expect((slot == nil) == (leased.count == 4))
                guard let slot else { continue }
                #expect(leased[slot] == nil)
                leased[slot] = owner
                board.put(.held(owner, prefix: digest), in: slot)
            }
            for (slot, owner) in leased { #expect(board.slots[slot].content.owner == owner) }
        }
    }
}
