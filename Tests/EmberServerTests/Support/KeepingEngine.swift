import Foundation
import Hummingbird
import Synchronization

@testable import EmberServer

/// Slots of an engine that keeps as much of prompts as a test says, and counts words as tokens.
final class KeepingEngine: Sendable {
    /// A prompt, with where its last message begins.
    private struct Held: Codable {
        var words: [String] = []
        var lastMessage = 0
        var isRestored = false
    }

    private struct State {
        var slots: [Int: Held] = [:]
        var asked: [String] = []
        /// Paths of which the engine knows nothing.
        var refused: Set<String> = []
        var saveSeconds = 0.01
    }

    private let inSlot: ReuseExtent
    private let restored: ReuseExtent
    private let folder: String
    private let state = Mutex(State())
    /// Chats wait for it.
    let gate: Gate?
    /// Saves wait for it.
    let saveGate: Gate?

    init(
        inSlot: ReuseExtent = .anywhere, restored: ReuseExtent = .anywhere, folder: String, gate: Gate? = nil,
        saveGate: Gate? = nil
    ) {
        (self.inSlot, self.restored, self.folder) = (inSlot, restored, folder)
        (self.gate, self.saveGate) = (gate, saveGate)
    }

    /// What it was asked, in order: "chat", "save", "erase" or "restore".
    var asked: [String] { state.withLock { $0.asked } }
    /// The words that its slots hold.
    var heldWords: Int { state.withLock { $0.slots.values.reduce(0) { $0 + $1.words.count } } }

    /// A new process: its slots hold nothing.
    func restart() { state.withLock { $0.slots = [:] } }

    /// That it says a save has taken.
    func takeToSave(_ seconds: Double) { state.withLock { $0.saveSeconds = seconds } }

    func accept(_ what: String) { state.withLock { _ = $0.refused.remove(what) } }

    func refuse(_ what: String) { state.withLock { _ = $0.refused.insert(what) } }

    func answer(_ request: EngineServer.Received) async throws -> Response {
        let parts = request.path.split(whereSeparator: { "/?=".contains($0) }).map(String.init)
        let what = parts.first == "slots" ? parts.last ?? "" : "chat"
        let isRefused = state.withLock { state in
            state.asked.append(what)
            return state.refused.contains(what)
        }
        if isRefused { return .json(#"{"error":{"code":501}}"#, status: .notImplemented) }
        let body = Data(request.body.readableBytesView)
        guard what == "chat" else {
            if what == "save" { _ = await saveGate?.wait() }
            let file = try JSONDecoder().decode([String: String].self, from: body)["filename"] ?? ""
            return .json(try act(Int(parts[1]) ?? 0, what, file))
        }
        _ = await gate?.wait()
        return .json(try chat(body))
    }

    private func act(_ slot: Int, _ action: String, _ file: String) throws -> String {
        let place = URL(fileURLWithPath: folder + "/" + file)
        let held = state.withLock { $0.slots[slot] } ?? Held()
        switch action {
        case "erase":
            state.withLock { $0.slots[slot] = nil }
            return #"{"n_erased":\#(held.words.count)}"#
        case "save":
            let bytes = try JSONEncoder().encode(held)
            try bytes.write(to: place)
            let milliseconds = state.withLock { $0.saveSeconds } * 1000
            return """
                {"n_saved":\(held.words.count),"n_written":\(bytes.count),"timings":{"save_ms":\(milliseconds)}}
                """
        default:
            var saved = try JSONDecoder().decode(Held.self, from: Data(contentsOf: place))
            saved.isRestored = true
            state.withLock { [saved] in $0.slots[slot] = saved }
            return #"{"n_restored":\#(saved.words.count)}"#
        }
    }

    private struct Chat: Decodable {
        var messages: [[String: String]]
        var id_slot: Int
    }

    private func chat(_ body: Data) throws -> String {
        let chat = try JSONDecoder().decode(Chat.self, from: body)
        var next = Held()
        for message in chat.messages {
            next.lastMessage = next.words.count
            next.words +=
                ["<\(message["role"] ?? "")>"] + (message["content"] ?? "").split(separator: " ").map(String.init)
        }
        next.words.append("<assistant>")
        let cached = state.withLock { state in
            defer { state.slots[chat.id_slot] = next }
            return state.slots[chat.id_slot].map { reused(of: $0, by: next) } ?? 0
        }
        return """
            {"choices":[{"message":{"content":"yes"},"finish_reason":"stop"}],"usage":{"prompt_tokens":\
            \(next.words.count),"completion_tokens":1,"prompt_tokens_details":{"cached_tokens":\(cached)}}}
            """
    }

    private func reused(of held: Held, by next: Held) -> Int {
        let shared = zip(held.words, next.words).prefix { $0 == $1 }.count
        let extent = held.isRestored ? restored : inSlot
        switch extent {
        case .nothing: return 0
        case .continuation: return shared == held.words.count ? shared : 0
        case .lastMessage:
            return shared == held.words.count ? shared : shared >= held.lastMessage ? held.lastMessage : 0
        case .anywhere: return min(shared, next.words.count - 1)
        }
    }
}
