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
        board.put(.held(prompt), in: slot)
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
}
