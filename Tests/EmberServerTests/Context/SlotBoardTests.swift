import EmberCore
import Testing

@testable import EmberServer

@Suite struct SlotBoardTests {
    private let ann = SlotOwner(tenant: "ann", service: "s", prefix: "fixed")
    private let bob = SlotOwner(tenant: "bob", service: "s", prefix: "fixed")
    private let passing = SlotOwner(tenant: "ann", service: "s")

    private func fill(_ board: inout SlotBoard, _ owner: SlotOwner, _ prefix: String) -> Int? {
        guard let slot = board.lease(for: owner, prefix: prefix) else { return nil }
        _ = board.put(SlotHolding(owner: owner, prefix: prefix), in: slot)
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

    /// Before another beginning of the same owner's that has been unused for longer.
    @Test(arguments: ["1", "2"]) func theVeryPrefixGoesBeforeOneThatHasChanged(_ prefix: String) {
        var board = SlotBoard(count: 2)
        let slots = (board.lease(for: ann, prefix: "1"), board.lease(for: ann, prefix: "2"))
        guard let one = slots.0, let two = slots.1 else { return #expect(Bool(false), "both are free") }
        _ = board.put(SlotHolding(owner: ann, prefix: "1"), in: one)
        _ = board.put(SlotHolding(owner: ann, prefix: "2"), in: two)
        board.release(one)
        board.release(two)
        #expect(board.lease(for: ann, prefix: prefix) == (prefix == "1" ? one : two))
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

    @Test func whatIsLeastValuableLeavesThePoolFirst() {
        var board = SlotBoard(count: 4)
        let lasting = fill(&board, ann, "1")
        let passed = fill(&board, passing, "1")
        let last = fill(&board, bob, "1")
        for (slot, tokens) in zip([lasting, passed, last], [100, 200, 300]) {
            if let slot { board.hold(tokens, in: slot) }
        }
        #expect(board.heldTokens == 600)
        #expect(board.leastValuable == passed)
        // Of what may be anything less is known than of a conversation.
        board.blur(3, with: "eve", tokens: 50)
        #expect(board.leastValuable == 3 && board.heldTokens == 650)
        for expected in [3, passed, lasting, last] {
            #expect(board.leastValuable == expected)
            if let expected { board.empty(expected) }
        }
        #expect(board.leastValuable == nil && board.heldTokens == 0)
    }

    @Test func whatARequestHoldsIsNotHeldBesideIt() {
        var board = SlotBoard(count: 2)
        let slot = fill(&board, ann, "1") ?? 0
        board.hold(100, in: slot)
        #expect(board.lease(for: ann, prefix: "1") == slot)
        #expect(board.heldTokens == 0 && board.leastValuable == nil)
        board.release(slot)
        // What may have come there beside what was known is no less.
        board.blur(slot, with: "ann", tokens: 40)
        #expect(board.heldTokens == 100)
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

    @Test func whatASlotMayHoldIsTheUnionOfAllThatCameThere() {
        var board = SlotBoard(count: 2)
        let anns = fill(&board, ann, "1") ?? 0
        board.blur(anns, with: "eve", tokens: 0)
        #expect(board.slots[anns].content == .unknown(of: ["ann", "eve"]))
        // Neither has it back without an erasure.
        #expect(!board.slots[anns].content.isOpen(to: "ann") && !board.slots[anns].content.isOpen(to: "eve"))
        board.empty(anns)
        #expect(board.slots[anns].content.isOpen(to: "eve"))
    }

    @Test func severalAnswersTakeTheFreeSlotsThatTheEngineWillTake() {
        var board = SlotBoard(count: 4)
        _ = fill(&board, passing, "1")
        #expect(fill(&board, ann, "1") == 1)
        // Its own goes on where its prompt is; the others are the free ones of the lowest numbers, whatever they hold.
        let lease = board.lease(for: SlotHolding(owner: ann, prefix: "1"), answers: 3)
        #expect(lease?.slot == 1 && lease?.others == [0, 2])
        #expect(board.lease(for: SlotHolding(owner: ann, prefix: "1"), answers: 2) == nil)
        #expect(board.lease(for: ann, prefix: "1") == 3)
        for slot in 0..<4 { board.release(slot) }
        #expect(board.lease(for: SlotHolding(owner: ann, prefix: "1"), answers: 5) == nil)
        #expect(board.isIdle)
    }

    @Test func aRoamingRequestHasAllSlotsForItsTenant() {
        var board = SlotBoard(count: 3)
        let leased = board.lease(for: bob, prefix: "1") ?? 0
        #expect(board.beginRoaming("ann") == nil)
        #expect(board.beginRoaming("bob") == [])
        #expect(board.lease(for: ann, prefix: "1") == nil)
        board.endRoaming(tokens: 0)
        // What is leased is known to be Bob's already.
        #expect(board.slots.indices.filter { board.slots[$0].content == .unknown(of: ["bob"]) }.count == 2)
        _ = board.put(SlotHolding(owner: bob, prefix: "1"), in: leased)
        board.release(leased)
        // Ann's has them emptied first, and a second one of hers waits for that.
        #expect(board.beginRoaming("ann") == [0, 1, 2])
        #expect(board.beginRoaming("ann") == nil)
        for slot in 0..<3 {
            board.empty(slot)
            board.release(slot)
        }
        #expect(board.beginRoaming("ann") == [])
        board.endRoaming(tokens: 0)
        #expect(board.beginRoaming("bob") == nil)
        board.endRoaming(tokens: 0)
        #expect(board.beginRoaming("bob") == [0, 1, 2])
    }

    @Test func aSlotThatIsBeingEmptiedForALeaseIsNoPlaceToRoam() {
        var board = SlotBoard(count: 1)
        _ = fill(&board, ann, "1")
        #expect(board.lease(for: bob, prefix: "1") == 0)
        #expect(board.slots[0].use == .beingEmptied && board.beginRoaming("bob") == nil)
        _ = board.put(SlotHolding(owner: bob, prefix: "1"), in: 0)
        board.begin(0, "bob")
        #expect(board.beginRoaming("bob") == [])
    }
}
