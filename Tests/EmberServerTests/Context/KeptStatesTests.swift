import EmberCore
import EmberEngine
import EmberModels
import Testing

@testable import EmberContext
@testable import EmberServer

/// What follows from what an engine keeps of prompts.
@Suite struct KeptStatesTests {
    private let key = ChainKey()

    private func chain(_ messages: [String]) throws -> PromptChain {
        let list = messages.map { #"{"role":"user","content":"\#($0)"}"# }.joined(separator: ",")
        return try chain(#"{"messages":[\#(list)]}"#, .chat)
    }

    private func chain(_ body: String, _ kind: RequestKind) throws -> PromptChain {
        let bytes = Array(body.utf8)
        return try #require(PromptBody(bytes, try RequestShape(bytes, kind: kind), key: key)).chain
    }

    // MARK: Which prompts a slot serves

    /// By extent: what a slot that holds "s", "a", "b", "c" is worth to a prompt.
    @Test(
        arguments: [
            (["s", "a", "b", "c", "d"], [.continuation, .lastMessage, .anywhere]),
            (["s", "a", "b", "c"], [.lastMessage, .anywhere]),
            (["s", "a", "b", "d"], [.lastMessage, .anywhere]),
            (["s", "a", "d", "c"], [.anywhere]),
            (["t"], [.anywhere]),
        ] as [([String], [ReuseExtent])])
    func aSlotServes(_ messages: [String], _ extents: [ReuseExtent]) throws {
        let (held, prompt) = (try chain(["s", "a", "b", "c"]), try chain(messages))
        for extent in ReuseExtent.allCases {
            #expect(extent.serves(held, prompt) == extents.contains(extent), "\(extent)")
        }
    }

    /// Within its last piece.
    @Test func aPlainTextGoesOn() throws {
        let text = String(repeating: "word ", count: 300)
        let held = try chain(#"{"prompt":"\#(text)"}"#, .completions)
        let longer = try chain(#"{"prompt":"\#(text)and more"}"#, .completions)
        let other = try chain(#"{"prompt":"other \#(text)"}"#, .completions)
        #expect(ReuseExtent.continuation.serves(held, longer) && !ReuseExtent.continuation.serves(held, other))
    }

    private func holding(_ messages: String..., tenant: String = "ann", prefix: String = "") throws -> SlotHolding {
        SlotHolding(
            owner: SlotOwner(tenant: tenant, service: "s", prefix: prefix), prefix: prefix, chain: try chain(messages))
    }

    private func board(_ inSlot: ReuseExtent, _ held: SlotHolding...) -> SlotBoard {
        var board = SlotBoard(count: 3, kept: KeptStates(inSlot: inSlot, restored: nil, tokens: 1))
        for holding in held {
            guard let slot = board.lease(for: holding) else { continue }
            _ = board.put(holding, in: slot)
            board.hold(10, in: slot)
            board.release(slot)
        }
        return board
    }

    @Test(arguments: ReuseExtent.allCases) func aChangedConversationGetsItsSlotWhereThatIsOfUse(
        _ inSlot: ReuseExtent
    ) throws {
        let held = try holding("a long system prompt", "a", "b", "c")
        var board = board(inSlot, held)
        // In other words in the middle.
        let slot = board.lease(for: try holding("a long system prompt", "a", "x", "c"))
        #expect((slot == 0) == (inSlot == .anywhere))
    }

    @Test(arguments: ReuseExtent.allCases) func whatGoesOnGetsItsSlot(_ inSlot: ReuseExtent) throws {
        var board = board(inSlot, try holding("a", "b"))
        #expect((board.lease(for: try holding("a", "b", "c", "d")) == 0) == (inSlot > .nothing))
    }

    /// Demonstrations have another question behind them each time.
    @Test(arguments: ReuseExtent.allCases) func aPrefixIsOfUseWithAnotherQuestion(_ inSlot: ReuseExtent) throws {
        var board = board(inSlot, try holding("a", prefix: "p"))
        #expect((board.lease(for: try holding("b", prefix: "p")) == 0) == (inSlot >= .lastMessage))
    }

    /// Whatever an engine keeps of one tenant is of no use to another.
    @Test(arguments: ReuseExtent.allCases) func anotherTenantGoesElsewhere(_ inSlot: ReuseExtent) throws {
        var board = board(inSlot, try holding("a", "b"))
        #expect(board.lease(for: try holding("a", "b", "c", tenant: "bob")) != 0)
    }

    @Test func whatIsNotKeptIsWorthNoMoreThanWhatIsNotKnown() throws {
        var board = board(.nothing, try holding("a", prefix: "p"), try holding("b"))
        board.hold(10, in: 0)
        // The longest unused goes first, with a lasting prefix or without.
        #expect(board.leastValuable == 0)
    }

    // MARK: What is saved

    @Test(
        arguments: [
            (nil, true), (.nothing, false), (.continuation, false), (.lastMessage, true), (.anywhere, true),
        ] as [(ReuseExtent?, Bool)])
    func whatDoesNotComeBackIsNotSaved(_ restored: ReuseExtent?, _ isSaved: Bool) {
        let found = KeptStates(inSlot: .anywhere, restored: restored, tokens: 100)
        var traits = StateTraits()
        #expect(traits.isWorthSaving(500, found) == isSaved && traits.isWorthSaving(500, nil))
        // A full window may do otherwise than one that is not; each restore will tell.
        traits.window = 400
        #expect(traits.isWorthSaving(500, found) && traits.isWorthSaving(300, found) == isSaved)
        // The settings alone can say that nothing is.
        traits.shiftsPieces = true
        #expect(!traits.isWorthSaving(500, found) && !traits.isWorthSaving(500, nil))
    }

    // MARK: What header and settings say

    @Test func settingsSayWhatToExpect() {
        var options = LlamaServerOptions(program: "", modelPath: "m.gguf")
        #expect(StateTraits(options, LoadSettings(options), nil).expected.restored == .anywhere)
        options.adapters = ["a.gguf"]
        #expect(StateTraits(options, LoadSettings(options), nil).expected.restored == .nothing)
        options.adapters = []
        for (flags, variables, shifts) in [
            (["--cache-reuse", "64"], [:], true), (["--cache_reuse", "0"], [:], false),
            ([], ["LLAMA_ARG_CACHE_REUSE": "8"], true),
            (["--cache-reuse", "0"], ["LLAMA_ARG_CACHE_REUSE": "8"], false),
        ] as [([String], [String: String], Bool)] {
            options.extraArguments = flags
            let traits = StateTraits(options, LoadSettings(options), nil, variables: variables)
            #expect(traits.savesStates == !shifts && traits.texts == (shifts ? ["--cache-reuse"] : []))
        }
    }

    @Test func whatCannotBeRolledBackKeepsLess() {
        var traits = StateTraits()
        traits.window = 512
        #expect(traits.expected.inSlot == .lastMessage && traits.expected.restored == .lastMessage)
        (traits.window, traits.recurrentLayers, traits.layers) = (nil, 2, 3)
        #expect(traits.expected.inSlot == .lastMessage && traits.expected.restored == .continuation)
        traits.hasSnapshots = false
        #expect(traits.expected.inSlot == .continuation)
        #expect(traits.texts == ["recurrent layers: 2 of 3", "no snapshots (--ctx-checkpoints 0)"])
    }

    @Test func itIsSaidInWords() {
        var traits = StateTraits()
        #expect(!KeptView(traits, nil).isLimited)
        #expect(!KeptView(traits, KeptStates(inSlot: .anywhere, restored: .anywhere, tokens: 9)).isLimited)
        traits.window = 512
        let view = KeptView(traits, KeptStates(inSlot: .lastMessage, restored: .nothing, tokens: 100))
        #expect(view.isLimited)
        #expect(
            view.sentence
                == "a slot keeps all before the last message, a saved state of up to 512 tokens nothing (a sliding "
                + "window of 512 tokens)")
    }
}
