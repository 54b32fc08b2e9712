import EmberCore
import Foundation
import Hummingbird
import NIOCore
import Synchronization
import Testing

@testable import EmberEngine
@testable import EmberServer

/// An engine that notes whose tokens each of its slots physically holds, and who could learn of them by a request.
private final class TokenEngine: Sendable {
    private struct State {
        var tokens: [Set<String>]
        var busy: [Bool]
        var files: [String: Set<String>] = [:]
        var lots: SeededGenerator
        var violations: [String] = []
        var requests = 0
        var checks = 0
        var erased = 0
        var refused = 0
    }

    private let state: Mutex<State>

    init(slots: Int, seed: UInt64) {
        state = Mutex(
            State(
                tokens: Array(repeating: [], count: slots), busy: Array(repeating: false, count: slots),
                lots: SeededGenerator(seed: seed)))
    }

    var violations: [String] { state.withLock { $0.violations } }
    var counts: (requests: Int, checks: Int, erased: Int, refused: Int) {
        state.withLock { ($0.requests, $0.checks, $0.erased, $0.refused) }
    }

    /// Takes up a request on the slot that it names, or wherever it likes; it waits for a slot as llama-server does.
    func begin(_ lease: SlotLease, answers: Int) async -> [Int] {
        while true {
            let taken: [Int] = state.withLock { state in
                var free = state.busy.indices.filter { !state.busy[$0] }.shuffled(using: &state.lots)
                if let slot = lease.slot { free = free.filter { $0 == slot } }
                guard free.count >= min(answers, state.busy.count) else { return [] }
                let taken = Array(free.prefix(answers))
                for slot in taken {
                    state.busy[slot] = true
                    let others = state.tokens[slot].subtracting([lease.owner.tenant])
                    if !others.isEmpty, !lease.reusesNothing {
                        state.violations.append("\(lease.owner.tenant) meets \(others) on slot \(slot)")
                    }
                    state.tokens[slot] = [lease.owner.tenant]
                }
                state.requests += 1
                return taken
            }
            if !taken.isEmpty { return taken }
            try? await Task.sleep(for: .milliseconds(1))
        }
    }

    /// Ember itself asks what the engine keeps; a request may come in between.
    func check(_ slot: Int) async {
        while true {
            let isTaken = state.withLock { state in
                guard !state.busy[slot] else { return false }
                let others = state.tokens[slot].subtracting([Self.checker])
                if !others.isEmpty { state.violations.append("a check meets \(others) on slot \(slot)") }
                (state.busy[slot], state.tokens[slot]) = (true, [Self.checker])
                state.checks += 1
                return true
            }
            if isTaken { break }
            try? await Task.sleep(for: .milliseconds(1))
        }
        try? await Task.sleep(for: .milliseconds(2))
        end([slot])
    }

    static let checker = "check"

    func end(_ slots: [Int]) {
        state.withLock { state in for slot in slots { state.busy[slot] = false } }
    }

    /// /slots/N?action=A: only on a slot where nothing runs.
    func act(_ slot: Int, _ action: String, file: String) async -> (status: Int, text: String) {
        while true {
            let done: (Int, String)? = state.withLock { state in
                guard !state.busy[slot] else { return nil }
                switch action {
                case "erase":
                    // Refused, or said to be well without a word of what was erased.
                    if Int.random(in: 0..<8, using: &state.lots) == 0 {
                        state.refused += 1
                        return (state.refused % 2 == 0 ? 200 : 501, "{}")
                    }
                    state.tokens[slot] = []
                    state.erased += 1
                    return (200, #"{"n_erased":1}"#)
                case "save":
                    state.files[file] = state.tokens[slot]
                    return (200, #"{"n_saved":100}"#)
                default:
                    // Its name then is that under which the archive keeps it.
                    if Bool.random(using: &state.lots) { return (400, "{}") }
                    return (200, #"{"n_restored":100}"#)
                }
            }
            if let done { return done }
            try? await Task.sleep(for: .milliseconds(1))
        }
    }
}

/// Whatever requests come, fail and are given up, and whatever the engine refuses: none runs where it could tell what
/// another tenant has asked.
@Suite struct TenantLaws {
    private static let rounds = 30

    @Test(arguments: UInt64(1)...4) func noRequestMeetsAnothersTokens(_ seed: UInt64) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString).path
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let archive = try StateArchive(folder: folder, quota: 1 << 20, logger: quietLogger, surroundings: .system)
        let tokens = TokenEngine(slots: 3, seed: seed)
        let answer: EngineServer.Answer = { request in
            let parts = request.path.split(whereSeparator: { "/?=".contains($0) })
            if parts[0] != "slots" {
                struct Question: Decodable { var id_slot: Int }
                let body = Data(request.body.readableBytesView)
                await tokens.check(try JSONDecoder().decode(Question.self, from: body).id_slot)
                return .json(Self.noUsage)
            }
            let file = try JSONDecoder().decode([String: String].self, from: Data(request.body.readableBytesView))
            let (status, text) = await tokens.act(Int(parts[1]) ?? 0, String(parts[3]), file: file["filename"] ?? "")
            if parts[3] == "save", let name = file["filename"] {
                try Data([1]).write(to: URL(fileURLWithPath: folder + "/" + name))
            }
            return .json(text, status: .init(code: status))
        }
        try await EngineServer.serve(answer) { server in
            let slots = EngineSlots(
                FakeEngine(model: "m", baseURL: server.url),
                SlotLayout(count: 3, windowTokens: 2000, identity: "0123456789abcdef", isShared: true),
                SlotTools(
                    talk: EngineTalk(.system, .sockets), archive: archive, counting: ContextCounting(),
                    logger: quietLogger,
                    time: .system), report: { _ in })
            await withTaskGroup(of: Void.self) { group in
                for client in 0..<6 {
                    group.addTask {
                        var lots = SeededGenerator(seed: seed &* 100 &+ UInt64(client))
                        for _ in 0..<Self.rounds { await Self.ask(slots, tokens, &lots) }
                    }
                }
            }
            await Self.askBetweenChecks(slots, tokens, seed)
            #expect(tokens.violations.isEmpty, "seed \(seed): \(tokens.violations.prefix(3))")
            let isFree = await eventually {
                let isIdle = await slots.isIdle
                return await !slots.board.isChecked && isIdle
            }
            #expect(isFree, "seed \(seed): a slot was never given back")
            // The law was tried, and not by idle slots alone.
            let counts = tokens.counts
            let isTried =
                counts.requests > 3 * Self.rounds && counts.erased > 10 && counts.refused > 0 && counts.checks > 0
            #expect(isTried, "seed \(seed): \(counts)")
        }
    }

    /// Requests come while Ember asks what the engine keeps, before and after.
    private static func askBetweenChecks(_ slots: EngineSlots, _ tokens: TokenEngine, _ seed: UInt64) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                // Some come before the requests, and some are interrupted; once the requests have ended, none is.
                for _ in 0..<10_000 where tokens.counts.checks < 10 {
                    _ = await slots.checkStates()
                    try? await Task.sleep(for: .milliseconds(1))
                }
            }
            group.addTask {
                var lots = SeededGenerator(seed: seed &* 100 &+ 99)
                for _ in 0..<rounds {
                    await ask(slots, tokens, &lots)
                    try? await Task.sleep(for: .milliseconds(Int.random(in: 0..<12, using: &lots)))
                }
            }
        }
    }

    /// Of a prompt that Ember has the engine read; without what it says of it, the check fails and is begun again.
    private static let noUsage = #"{"choices":[]}"#

    /// One request: answered, failed, or given up before, while or after the engine has taken it up.
    private static func ask(_ slots: EngineSlots, _ tokens: TokenEngine, _ lots: inout SeededGenerator) async {
        let owner = SlotOwner(
            tenant: ["ann", "bob", "eve"].randomElement(using: &lots) ?? "", service: "s",
            prefix: Bool.random(using: &lots) ? "p" : "")
        var wish = SlotWish(owner: owner, prefix: String(Int.random(in: 0..<2, using: &lots)))
        switch Int.random(in: 0..<6, using: &lots) {
        case 0: wish.canChoose = false
        case 1: wish.answers = 2
        default: break
        }
        guard let lease = try? await slots.lease(wish), let claim = lease.claim else { return }
        let (answers, pause) = (wish.isSpread ? 2 : 1, Duration.milliseconds(Int.random(in: 0..<4, using: &lots)))
        claim.begin()
        switch Int.random(in: 0..<4, using: &lots) {
        case 0:
            // The client has gone before the engine has read the request.
            await slots.release(lease, reused: nil, isKnown: false)
            Task {
                try? await Task.sleep(for: pause)
                tokens.end(await tokens.begin(lease, answers: answers))
                claim.end()
            }
        case 1:
            let taken = await tokens.begin(lease, answers: answers)
            await slots.release(lease, reused: nil, isKnown: false)
            Task {
                try? await Task.sleep(for: pause)
                tokens.end(taken)
                claim.end()
            }
        default:
            let taken = await tokens.begin(lease, answers: answers)
            try? await Task.sleep(for: pause)
            tokens.end(taken)
            claim.end()
            await slots.release(lease, reused: nil, isKnown: !wish.isSpread)
        }
    }
}
