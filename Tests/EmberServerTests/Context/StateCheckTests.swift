import EmberCore
import Foundation
import Testing

@testable import EmberEngine
@testable import EmberServer

/// What an engine keeps of prompts is found out by asking it, and nothing is left of that.
@Suite struct StateCheckTests {
    private static let identity = "0123456789abcdef"

    /// Runs `test` with the slots of an engine that keeps that much.
    private func withSlots(
        _ inSlot: ReuseExtent = .anywhere, restored: ReuseExtent = .anywhere, count: Int = 2, pool: Int? = nil,
        quota: Int = 1 << 20, traits: StateTraits = StateTraits(), isShared: Bool = true, gate: Gate? = nil,
        book: KeptStatesBook = KeptStatesBook(),
        _ test: @Sendable (EngineSlots, KeepingEngine, KeptStatesBook, TestFiles) async throws -> Void
    ) async throws {
        let files = try TestFiles()
        let played = KeepingEngine(inSlot: inSlot, restored: restored, folder: files.path, gate: gate)
        let archive = try StateArchive(
            folder: files.path, quota: quota, logger: quietLogger, surroundings: .system)
        try await EngineServer.serve({ try await played.answer($0) }) { server in
            let slots = EngineSlots(
                FakeEngine(model: "m", baseURL: server.url),
                SlotLayout(
                    count: count, windowTokens: 4096, poolTokens: pool, identity: Self.identity, isShared: isShared,
                    traits: traits),
                SlotTools(
                    talk: EngineTalk(.system, .sockets), archive: archive, counting: ContextCounting(), kept: book,
                    logger: quietLogger, time: .system),
                report: { _ in })
            try await test(slots, played, book, files)
        }
    }

    @Test(arguments: ReuseExtent.allCases, ReuseExtent.allCases)
    func whatAnEngineKeepsIsFoundOut(_ inSlot: ReuseExtent, _ restored: ReuseExtent) async throws {
        try await withSlots(inSlot, restored: restored) { slots, played, book, files in
            #expect(await slots.checkStates())
            let found = try #require(book[Self.identity])
            #expect(found.inSlot == inSlot && found.restored == restored && found.tokens > 60)
            #expect(await slots.board.kept == found)
            // Nothing of it is left: in slots, on the disk, in lists.
            #expect(await eventually { await !slots.board.isChecked })
            #expect(played.heldWords == 0)
            #expect(await slots.board.slots.allSatisfy { $0.content == .empty && $0.tokens == 0 })
            for tenant in ["", "ann", "\u{0}"] { #expect(await slots.conversations(of: tenant).isEmpty) }
            #expect(try await eventually { try FileManager.default.contentsOfDirectory(atPath: files.path).isEmpty })
            // Once is enough.
            let asked = played.asked.count
            #expect(await !slots.checkStates())
            #expect(played.asked.count == asked)
        }
    }

    /// Before a window is full, it says little of what comes later.
    @Test(arguments: [
        (512, ReuseExtent.anywhere, ReuseExtent.lastMessage), (512, .continuation, .lastMessage),
        (50, .anywhere, .lastMessage), (50, .continuation, .continuation),
    ])
    func ofASlidingWindowAShortPromptDoesNotSayAll(
        _ window: Int, _ inSlot: ReuseExtent, _ expected: ReuseExtent
    ) async throws {
        var traits = StateTraits()
        traits.window = window
        try await withSlots(inSlot, traits: traits) { slots, _, book, _ in
            #expect(await slots.checkStates())
            #expect(book[Self.identity]?.inSlot == expected && book[Self.identity]?.restored == .lastMessage)
        }
    }

    private func use(_ slots: EngineSlots, _ tenant: String, words: Int) async throws {
        let owner = SlotOwner(tenant: tenant, service: "s", prefix: "p")
        let lease = try await slots.lease(SlotWish(owner: owner, prefix: "1"))
        let text = Array(repeating: "word", count: words).joined(separator: " ")
        let read = try await EngineTalk(.system, .sockets).readPrompt(
            [("user", text)], slot: try #require(lease.slot), of: slots.engine, claim: nil)
        await slots.release(lease, reused: read.cached, tokens: read.prompt, isKnown: true)
    }

    /// What was not tried shows with its first use.
    @Test func longStatesOfASlidingWindowAreSavedUntilOneIsNotUsed() async throws {
        var traits = StateTraits()
        traits.window = 512
        try await withSlots(restored: .nothing, count: 1, traits: traits) { slots, played, book, _ in
            #expect(await slots.checkStates())
            #expect(await eventually { await !slots.board.isChecked })
            #expect(book[Self.identity]?.restored == .nothing)
            let saves = { @Sendable in played.asked.count { $0 == "save" } - 1 }
            for tenant in ["ann", "bob"] { try await use(slots, tenant, words: 300) }
            #expect(saves() == 0)
            for tenant in ["ann", "bob"] { try await use(slots, tenant, words: 600) }
            #expect(saves() == 1 && (book[Self.identity]?.tokens ?? 0) < 512)
            try await use(slots, "ann", words: 600)
            #expect(saves() == 2 && (book[Self.identity]?.tokens ?? 0) > 600)
            // Neither saved any more, nor restored.
            let restores = played.asked.count { $0 == "restore" }
            for tenant in ["bob", "ann"] { try await use(slots, tenant, words: 600) }
            #expect(saves() == 2 && played.asked.count { $0 == "restore" } == restores)
        }
    }

    @Test func whatIsNotSavedIsNotTried() async throws {
        var traits = StateTraits()
        traits.hasAdapters = true
        for (traits, quota) in [(traits, 1 << 20), (StateTraits(), 0)] {
            try await withSlots(quota: quota, traits: traits) { slots, played, book, _ in
                #expect(await slots.checkStates())
                #expect(book[Self.identity]?.inSlot == .anywhere && book[Self.identity]?.restored == nil)
                #expect(!played.asked.contains("save"))
            }
        }
    }

    @Test(arguments: ["save", "restore"]) func anEngineThatRefusesAStateKeepsItInSlots(_ what: String) async throws {
        try await withSlots { slots, played, book, _ in
            played.refuse(what)
            #expect(await slots.checkStates())
            #expect(book[Self.identity]?.inSlot == .anywhere && book[Self.identity]?.restored == .nothing)
        }
    }

    /// As of an older build, or another program: all stays as it was before anything was asked.
    @Test(arguments: ["erase", "chat"]) func whatAnswersOtherwiseIsNotKnown(_ what: String) async throws {
        try await withSlots { slots, played, book, _ in
            played.refuse(what)
            #expect(book.begin(Self.identity))
            #expect(await slots.checkStates())
            book.end(Self.identity, tries: 1)
            #expect(book[Self.identity] == nil)
            #expect(await slots.board.kept == nil)
            #expect(await eventually { await !slots.board.isChecked })
            // Not again in this run.
            #expect(!book.begin(Self.identity))
        }
    }

    @Test(arguments: [false, true]) func aRequestInterruptsItAtOnce(isShared: Bool) async throws {
        let gate = Gate()
        try await withSlots(isShared: isShared, gate: gate) { slots, played, book, files in
            let check = Task { await slots.checkStates() }
            #expect(await eventually { played.asked.contains("chat") })
            // While the engine is still at work for the check.
            let owner = SlotOwner(tenant: "ann", service: "s", prefix: "p")
            let lease = try await slots.lease(SlotWish(owner: owner, prefix: "1"))
            #expect(await check.value)
            #expect(lease.slot == 1 && book[Self.identity] == nil)
            gate.open()
            await slots.release(lease, reused: 0, tokens: 10, isKnown: true)
            #expect(await eventually { await !slots.board.isChecked })
            #expect(played.heldWords == 0)
            // Once all is quiet it is tried again, on the slot that nothing is lost of.
            #expect(await slots.checkStates())
            #expect(book[Self.identity]?.inSlot == .anywhere)
            #expect(await slots.conversations(of: "ann").count == 1)
            #expect(try await eventually { try FileManager.default.contentsOfDirectory(atPath: files.path).isEmpty })
        }
    }

    @Test func noConversationIsGivenUpForIt() async throws {
        let owner = SlotOwner(tenant: "ann", service: "s")
        try await withSlots(count: 1) { slots, played, _, _ in
            let lease = try await slots.lease(SlotWish(owner: owner, prefix: ""))
            #expect(await !slots.checkStates())
            await slots.release(lease, reused: 0, tokens: 10, isKnown: true)
            #expect(await !slots.checkStates())
            #expect(played.asked.isEmpty)
        }
        // Nor where the pool has no room for both.
        try await withSlots(count: 2, pool: 1500) { slots, played, _, _ in
            let lease = try await slots.lease(SlotWish(owner: owner, prefix: ""))
            await slots.release(lease, reused: 0, tokens: 1000, isKnown: true)
            #expect(await !slots.checkStates())
            #expect(played.asked.isEmpty)
        }
    }

    /// As when an engine is loaded, and has nothing to do.
    @Test func itIsFoundOutOnceTheModelIsIdle() async throws {
        let files = try TestFiles()
        let (played, book) = (
            KeepingEngine(inSlot: .lastMessage, restored: .continuation, folder: files.path), KeptStatesBook()
        )
        try await EngineServer.serve({ try await played.answer($0) }) { engine in
            var model = edgeModel("m", parallel: 2)
            model.slots = SlotLayout(count: 2, windowTokens: 4096, identity: Self.identity)
            let station = try Station([model], engineURL: engine.url)
            let keeper = try ContextKeeper(
                coordinator: station.coordinator, store: nil, tenants: [""], stateFolder: files.path,
                stateBytes: 1 << 20, embeddingModel: nil, slotWaitSeconds: 1, kept: book, connector: .sockets,
                logger: quietLogger)
            await keeper.start()
            try await serve(station, .live, keeper: keeper) { client in
                #expect(
                    try await client.chat(#"{"model":"m","messages":[{"role":"user","content":"a"}]}"#).status == .ok)
                #expect(await eventually { book[Self.identity] != nil })
                let state = try await client.get("/ember/v1/state")
                #expect(String(buffer: state.body).contains(#""in_slots":"last_message","saved":"continuation""#))
                #expect(await keeper.conversations(of: "").conversations.count == 1)
            }
            await keeper.close()
        }
    }
}
