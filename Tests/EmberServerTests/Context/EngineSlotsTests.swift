import Foundation
import Hummingbird
import NIOCore
import Synchronization
import Testing

@testable import EmberServer

/// Slots of an engine that says one thing and does another, as llama-server is known to do with some flags.
@Suite struct EngineSlotsTests {
    private let ann = SlotOwner(tenant: "ann", service: "s", prefix: "p")
    private let bob = SlotOwner(tenant: "bob", service: "s", prefix: "p")

    private final class Behaviour: Sendable {
        struct State {
            var actions: [String] = []
            var saved = 100
            var restored = 100
            var savesNothing = false
        }
        let state = Mutex(State())
    }

    private func withSlots(
        count: Int = 1,
        _ body: @Sendable (EngineSlots, Behaviour, ContextCounting, StateArchive) async throws -> Void
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let archive = try StateArchive(folder: folder, quota: 1 << 20, logger: quietLogger)
        let (behaviour, counting) = (Behaviour(), ContextCounting())
        let answer: EngineServer.Answer = { request in
            let action = String(request.path.split(separator: "=").last ?? "")
            let file = try JSONDecoder().decode([String: String].self, from: Data(request.body.readableBytesView))[
                "filename"]
            let text = behaviour.state.withLock { state in
                state.actions.append(action)
                if action == "save", !state.savesNothing { return "{\"n_saved\":\(state.saved)}" }
                return action == "save" ? "{\"n_saved\":0}" : "{\"n_restored\":\(state.restored)}"
            }
            if action == "save", let file { try Data([1, 2, 3]).write(to: URL(fileURLWithPath: folder + "/" + file)) }
            return Response(status: .ok, body: .init(byteBuffer: ByteBuffer(string: text)))
        }
        try await EngineServer.serve(answer) { engine in
            let layout = SlotLayout(count: count, windowTokens: 1000, identity: "0123456789abcdef")
            let slots = EngineSlots(
                FakeEngine(model: "m", baseURL: engine.url), layout, talk: EngineTalk(), archive: archive,
                counting: counting, logger: quietLogger)
            try await body(slots, behaviour, counting, archive)
        }
    }

    private func use(_ slots: EngineSlots, _ owner: SlotOwner, _ prefix: String = "1", reused: Int = 90) async throws {
        let lease = try #require(await slots.lease(owner, prefix: prefix))
        await slots.release(lease, reused: reused, isKnown: true)
    }

    @Test func aDisplacedPrefixIsSavedAndBroughtBack() async throws {
        try await withSlots { slots, behaviour, counting, _ in
            try await use(slots, ann)
            try await use(slots, bob)
            try await use(slots, ann)
            try await use(slots, bob)
            // Bob's first turn finds nothing of his, and must not meet Ann's; what is saved already is not saved again.
            #expect(behaviour.state.withLock { $0.actions } == ["save", "erase", "save", "restore", "restore"])
            #expect(counting.values.restores == 2 && counting.values.saves == 2)
            await slots.close()
            #expect(counting.values.saves == 2)
            #expect(await slots.lease(ann, prefix: "1") == nil)
        }
    }

    @Test func aPrefixThatChangedIsSavedAnew() async throws {
        try await withSlots { slots, _, counting, archive in
            try await use(slots, ann, "1")
            try await use(slots, ann, "2")
            await slots.close()
            #expect(counting.values.saves == 1)
            #expect(archive.entry(of: ann, fitting: "0123456789abcdef")?.prefix == "2")
        }
    }

    @Test func savingNothingIsAnErrorThatIsCounted() async throws {
        try await withSlots { slots, behaviour, counting, archive in
            behaviour.state.withLock { $0.savesNothing = true }
            try await use(slots, ann)
            try await use(slots, bob)
            #expect(counting.values.failedSaves == 1 && counting.values.saves == 0)
            #expect(archive.size.count == 0)
        }
    }

    @Test func restoringOtherThanWasSavedIsAnErrorAndTheStateIsDropped() async throws {
        try await withSlots { slots, behaviour, counting, archive in
            try await use(slots, ann)
            try await use(slots, bob)
            behaviour.state.withLock { $0.restored = 0 }
            try await use(slots, ann)
            #expect(counting.values.failedRestores == 1 && counting.values.restores == 0)
            #expect(archive.entry(of: ann, fitting: "0123456789abcdef") == nil)
            // What the engine may hold of Bob's is not Ann's to find.
            #expect(behaviour.state.withLock { $0.actions.last } == "erase")
        }
    }

    @Test func aRestoreThatIsNotUsedIsAnErrorAndTheStateIsDropped() async throws {
        try await withSlots { slots, _, counting, archive in
            try await use(slots, ann)
            try await use(slots, bob)
            try await use(slots, ann, reused: 0)
            #expect(counting.values.restoresWithoutReuse == 1)
            #expect(archive.entry(of: ann, fitting: "0123456789abcdef") == nil)
            // Healed: the prompt has been computed meanwhile, and is saved again.
            try await use(slots, bob)
            try await use(slots, ann)
            #expect(counting.values.restoresWithoutReuse == 1)
        }
    }

    @Test func aRequestThatCannotChooseItsSlotMeetsNobodyElse() async throws {
        try await withSlots(count: 2) { slots, behaviour, _, _ in
            try await use(slots, ann)
            try await use(slots, bob)
            await slots.openAll(to: "bob")
            #expect(behaviour.state.withLock { $0.actions } == ["save", "erase"])
            await slots.muddle("bob")
            // Nobody knows what is where now: Ann gets hers back into an empty slot or one that is emptied.
            try await use(slots, ann)
            #expect(behaviour.state.withLock { $0.actions.last } == "restore")
        }
    }
}
