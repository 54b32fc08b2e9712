import EmberSystem
import EmberTestSupport
import Foundation
import Synchronization
import Testing

@testable import EmberContext
@testable import EmberEngine
@testable import EmberServer

/// Engines of one model, one after the other, whose slots are saved in one archive.
///
/// The engine counts words as tokens.
final class SavedSlots: Sendable {
    private let files: TestFiles
    private let keys = StateKeys()
    let archive: StateArchive
    let counting = ContextCounting()
    let engine: KeepingEngine
    let clock = HandClock()
    let book: SavingBook
    private let count: Int
    private let pool: Int?
    private let isShared: Bool
    let logs = KeptLog()

    init(
        count: Int = 2, pool: Int? = nil, isShared: Bool = false, writeLimit: Int = .max,
        inSlot: ReuseExtent = .anywhere, restored: ReuseExtent = .anywhere, saveGate: Gate? = nil
    ) throws {
        files = try TestFiles()
        archive = try StateArchive(
            folder: files.path + "/kv", quota: 1 << 20, keys: keys, counting: counting, logger: quietLogger,
            surroundings: .system)
        engine = KeepingEngine(inSlot: inSlot, restored: restored, folder: files.path + "/kv", saveGate: saveGate)
        book = SavingBook(writeLimit: writeLimit)
        (self.count, self.pool, self.isShared) = (count, pool, isShared)
    }

    var counters: StateCounters { counting.values.states }

    /// Runs one engine. It has left when this returns, unless the body throws.
    func run(
        kept: KeptStates? = nil, _ body: (EngineSlots) async throws -> Void
    ) async throws {
        try await EngineServer.serve({ [engine] in try await engine.answer($0) }) { server in
            let layout = SlotLayout(
                count: count, windowTokens: 10_000, poolTokens: pool, identity: StateStation.fit, isShared: isShared)
            var tools = SlotTools(
                talk: EngineTalk(.system, .sockets), archive: archive, counting: counting,
                patienceSeconds: 60, logger: logs.logger, time: clock.time())
            tools.book = book
            let slots = EngineSlots(
                FakeEngine(model: "m", baseURL: server.url), layout, tools, report: { _ in })
            await slots.know(kept)
            try await body(slots)
            #expect(await eventually { await slots.isIdle })
            await slots.close()
        }
        engine.restart()
    }

    /// A request with these messages, answered by its engine.
    ///
    /// - Returns: what it had, and the tokens that were not computed.
    @discardableResult
    func ask(
        _ slots: EngineSlots, _ messages: [String], tenant: String = "ann", service: String = "s",
        keep: Bool = true, forgets: Bool = false
    ) async throws -> (lease: SlotLease, reused: Int) {
        let prompt = try prompt(messages, tenant: tenant, service: service, keep: keep)
        let lease = try await slots.lease(SlotWish(prompt: prompt))
        let talk = EngineTalk(.system, .sockets)
        let texts = messages.enumerated().map { (role: $0.offset % 2 == 0 ? "user" : "assistant", text: $0.element) }
        let read = try await talk.readPrompt(
            texts, slot: try #require(lease.slot), of: slots.engine, claim: nil)
        let reused = forgets ? 0 : read.cached
        await slots.release(
            lease, reused: reused, prompt: read.prompt, tokens: read.prompt + 1, isKnown: true)
        return (lease, reused)
    }

    func prompt(
        _ messages: [String], tenant: String = "ann", service: String = "s", keep: Bool = true
    ) throws -> SlotHolding {
        let list = messages.enumerated().map { index, text in
            #"{"role":"\#(index % 2 == 0 ? "user" : "assistant")","content":"\#(text)"}"#
        }
        let bytes = Array(#"{"messages":[\#(list.joined(separator: ","))]}"#.utf8)
        let body = try PromptBody(bytes, RequestShape(bytes, kind: .chat), key: keys.chain(of: tenant))
        return SlotHolding(
            owner: SlotOwner(tenant: tenant, service: service), prefix: "", chain: try #require(body).chain,
            terms: KeepTerms(key: "k", keep: keep ? .unlimited : .none))
    }

    /// Lets time pass, so that what sleeps until then goes on.
    func pass(_ seconds: Double) { clock.advance(by: .seconds(seconds)) }
}

extension EngineSlots {
    func know(_ kept: KeptStates?) { board.kept = kept }
}

/// A text of that many words.
func words(_ count: Int, _ word: String = "word") -> String {
    (0..<count).map { "\(word)\($0)" }.joined(separator: " ")
}
