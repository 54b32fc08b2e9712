import EmberCore
import Testing

@testable import EmberContext
@testable import EmberServer

/// Which slot a conversation gets.
@Suite struct SlotConversationTests {
    private let key = ChainKey()

    private func prompt(
        _ messages: String..., tenant: String = "ann", service: String = "s", variant: String = ""
    ) throws -> SlotHolding {
        let list = messages.map { #"{"role":"user","content":"\#($0)"}"# }.joined(separator: ",")
        let bytes = Array(#"{"messages":[\#(list)]}"#.utf8)
        let chain = try #require(PromptBody(bytes, try RequestShape(bytes, kind: .chat), key: key)).chain
        let owner = SlotOwner(tenant: tenant, service: service, variant: variant)
        return SlotHolding(owner: owner, prefix: "", chain: chain)
    }

    @discardableResult
    private func run(_ prompt: SlotHolding, on board: inout SlotBoard) -> Int? {
        guard let slot = board.lease(for: prompt) else { return nil }
        _ = board.put(prompt, in: slot)
        board.hold(10, in: slot)
        board.release(slot)
        return slot
    }

    @Test func eachConversationGoesOnInItsOwnSlot() throws {
        var board = SlotBoard(count: 3)
        let slots = try ["a", "b", "c"].map { try run(prompt($0), on: &board) }
        #expect(Set(slots).count == 3)
        for (text, slot) in zip(["b", "a", "c", "a"], [slots[1], slots[0], slots[2], slots[0]]) {
            #expect(try run(prompt(text, "more"), on: &board) == slot)
        }
    }

    @Test func theLongestSharedBeginningCounts() throws {
        var board = SlotBoard(count: 3)
        let short = try run(prompt("system", "a question"), on: &board)
        let long = try run(prompt("system", "b", "answer", "c"), on: &board)
        #expect(short != long)
        #expect(try run(prompt("system", "b", "answer", "c", "d"), on: &board) == long)
        #expect(try run(prompt("system", "a question", "e"), on: &board) == short)
    }

    /// What is shared is worth more than what would be lost.
    @Test func aShortConversationGivesWayToOneWithItsSystemPrompt() throws {
        var board = SlotBoard(count: 3)
        let first = try run(prompt("a long system prompt", "a"), on: &board)
        #expect(try run(prompt("a long system prompt", "b"), on: &board) == first)
    }

    /// A saved state that has more of the prompt is restored elsewhere.
    @Test func aConversationThatIsSavedTakesNoOthersSlot() throws {
        var board = SlotBoard(count: 2)
        let first = try run(prompt("a long system prompt", "a"), on: &board)
        let other = try prompt("a long system prompt", "b")
        for (saved, isSame) in [(1, true), (other.chain.bytes, false)] {
            var board = board
            let slot = board.lease(for: other, saved: saved)
            #expect((slot == first) == isSame)
        }
    }

    /// What would be lost is worth more than what would be shared.
    @Test func aBranchDoesNotDestroyALongerTail() throws {
        var board = SlotBoard(count: 2)
        let long = try run(prompt("system", "a", "answer", "b", "answer", "c"), on: &board)
        #expect(try run(prompt("system", "other"), on: &board) != long)
        // Asked again, or with its last message in other words, it goes on in its place.
        #expect(try run(prompt("system", "a", "answer", "b", "answer", "c"), on: &board) == long)
        #expect(try run(prompt("system", "a", "answer", "b", "answer", "d"), on: &board) == long)
    }

    @Test func noPromptGoesOnWithWhatAnotherTenantOrVariantHolds() throws {
        var board = SlotBoard(count: 3)
        let anns = try run(prompt("a", "b"), on: &board)
        #expect(try run(prompt("a", "b", tenant: "bob"), on: &board) != anns)
        #expect(try run(prompt("a", "b", variant: "pirate"), on: &board) != anns)
        // The same tenant's other service may: the prompt is the same.
        #expect(try run(prompt("a", "b", service: "t"), on: &board) == anns)
    }

    @Test func whereNothingIsSharedTheLongestUnusedGoes() throws {
        var board = SlotBoard(count: 2)
        let first = try run(prompt("a"), on: &board)
        let second = try run(prompt("b"), on: &board)
        try run(prompt("a", "more"), on: &board)
        #expect(try run(prompt("c"), on: &board) == second)
        #expect(try run(prompt("d"), on: &board) == first)
    }

    /// A turn of a conversation.
    ///
    /// - Returns: its slot, and the tokens of its prompt that were expected there.
    private func turn(_ prompt: SlotHolding, tokens: Int, on board: inout SlotBoard) -> (slot: Int?, expected: Int) {
        guard let slot = board.lease(for: prompt) else { return (nil, 0) }
        let expected = board.put(prompt, in: slot)
        board.hold(tokens + 10, prompt: tokens, in: slot)
        board.release(slot)
        return (slot, expected)
    }

    @Test func whatEarlierTurnsHadIsExpectedOfTheNext() throws {
        var board = SlotBoard(count: 2)
        #expect(try turn(prompt("a", "b"), tokens: 100, on: &board).expected == 0)
        #expect(try turn(prompt("a", "b", "c", "d"), tokens: 200, on: &board).expected == 100)
        #expect(try turn(prompt("a", "b", "c", "d"), tokens: 200, on: &board).expected == 200)
        // An edit in the middle leaves the turn before it.
        #expect(try turn(prompt("a", "b", "c", "e"), tokens: 210, on: &board).expected == 100)
        #expect(try turn(prompt("a", "b", "c", "e", "f"), tokens: 250, on: &board).expected == 210)
        // What shares less than one whole prompt has not been counted.
        #expect(try turn(prompt("a", "c"), tokens: 90, on: &board).expected == 0)
    }

    @Test func nothingIsExpectedOfASlotThatAnythingRanIn() throws {
        var board = SlotBoard(count: 1)
        _ = try turn(prompt("a"), tokens: 100, on: &board)
        board.blur(0, with: "ann", tokens: 100)
        #expect(try turn(prompt("a", "b"), tokens: 200, on: &board).expected == 0)
        board.empty(0)
        #expect(try turn(prompt("a", "b"), tokens: 200, on: &board).expected == 0)
    }

    /// As with a template that drops what a conversation said earlier.
    @Test func whatEnginesDoNotReuseIsWorthLess() throws {
        var board = SlotBoard(count: 2)
        let first = try run(prompt("a", service: "forgetful"), on: &board)
        let second = try run(prompt("b"), on: &board)
        for _ in 0..<4 {
            board.note(reused: 0, of: 100, SlotOwner(tenant: "ann", service: "forgetful"))
            board.note(reused: 100, of: 100, SlotOwner(tenant: "ann", service: "s"))
        }
        try run(prompt("a", "more", service: "forgetful"), on: &board)
        // It was used last, and goes first all the same.
        #expect(board.leastValuable == first)
        #expect(try run(prompt("c"), on: &board) == first)
        for _ in 0..<20 { board.note(reused: 100, of: 100, SlotOwner(tenant: "ann", service: "forgetful")) }
        try run(prompt("a", service: "forgetful"), on: &board)
        #expect(board.leastValuable == first && second != first)
    }
}
