import Foundation
import Hummingbird
import NIOCore
import Synchronization
import Testing

@testable import EmberEngine
@testable import EmberServer
@testable import EmberSystem

/// What a played engine does with its slots.
final class SlotBehaviour: Sendable {
    struct State {
        var actions: [String] = []
        var saved = 100
        var restored = 100
        var savesNothing = false
        var erasesNothing = false
    }
    let state = Mutex(State())
}

/// Slots of an engine that says one thing and does another, as llama-server is known to do with some flags.
func withPlayedSlots(
    count: Int = 1, pool: Int? = nil, isShared: Bool = true, patienceSeconds: Double = 60,
    time: TimeSource = .system,
    report: @escaping HeldTokens.Report = { _ in },
    _ body: @Sendable (EngineSlots, SlotBehaviour, ContextCounting, StateArchive) async throws -> Void
) async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let archive = try StateArchive(folder: folder, quota: 1 << 20, logger: quietLogger, surroundings: .system)
    let (behaviour, counting) = (SlotBehaviour(), ContextCounting())
    let answer: EngineServer.Answer = { request in
        let action = String(request.path.split(separator: "=").last ?? "")
        let file = try JSONDecoder().decode([String: String].self, from: Data(request.body.readableBytesView))[
            "filename"]
        let text: String? = behaviour.state.withLock { state in
            state.actions.append(action)
            if action == "erase" { return state.erasesNothing ? nil : #"{"n_erased":1}"# }
            if action == "save", !state.savesNothing { return "{\"n_saved\":\(state.saved)}" }
            return action == "save" ? "{\"n_saved\":0}" : "{\"n_restored\":\(state.restored)}"
        }
        if action == "save", let file { try Data([1, 2, 3]).write(to: URL(fileURLWithPath: folder + "/" + file)) }
        guard let text else { return .json(#"{"error":{"code":501}}"#, status: .notImplemented) }
        return Response(status: .ok, body: .init(byteBuffer: ByteBuffer(string: text)))
    }
    try await EngineServer.serve(answer) { engine in
        let layout = SlotLayout(
            count: count, windowTokens: 1000, poolTokens: pool, identity: "0123456789abcdef", isShared: isShared)
        let slots = EngineSlots(
            FakeEngine(model: "m", baseURL: engine.url), layout,
            SlotTools(
                talk: EngineTalk(.system, .sockets), archive: archive, counting: counting,
                patienceSeconds: patienceSeconds,
                logger: quietLogger, time: time), report: report)
        try await body(slots, behaviour, counting, archive)
        // The engine must not go while it is asked something.
        #expect(await eventually { await slots.isIdle })
    }
}

/// A request that has a slot of its own, and is answered.
func use(
    _ slots: EngineSlots, _ owner: SlotOwner, _ prefix: String = "1", reused: Int = 90, tokens: Int? = nil,
    room: Int = 0
) async throws {
    let lease = try await slots.lease(SlotWish(owner: owner, prefix: prefix, room: room))
    #expect(lease.slot != nil && !lease.reusesNothing)
    await slots.release(lease, reused: reused, tokens: tokens, isKnown: true)
}
