import EmberEngine

/// Finds out on one slot what an engine keeps of prompts: computes a prompt, goes on with it, changes its last message
/// and its first one, and does the same after the slot was saved, erased and restored.
///
/// The prompts are Ember's own, of a few hundred bytes. Each is a chat, as snapshots of what cannot be rolled back are
/// made at messages.
struct StateCheck: Sendable {
    let talk: EngineTalk
    let engine: any ResidentEngine
    let slot: Int
    /// That the engine saves to; nil: nothing is saved.
    let file: String?
    /// Tells when the engine has ended its work for the check.
    let claim = WireClaim()

    /// More than its prompts come to, whatever the tokenizer.
    static let mostTokens = 1024

    /// A prompt and what the engine said of it.
    private struct Read {
        let prompt: Int
        let cached: Int

        /// Whether that part of another prompt of nearly the same length was not computed again.
        func isReused(_ numerator: Int, _ denominator: Int) -> Bool { cached * denominator >= prompt * numerator }
    }

    enum Problem: Error, CustomStringConvertible {
        case notEmpty

        var description: String { "an erased slot has reused what was in it" }
    }

    /// Of an erased slot.
    ///
    /// - Throws: where the engine does not answer as a llama-server does; then nothing is known.
    func run() async throws -> KeptStates {
        let whole = try await read(Self.whole)
        guard whole.cached * 4 < whole.prompt else { throw Problem.notEmpty }
        let isSaved = try await save()
        // The slot then holds the changed prompt.
        let inSlot = try await extent(next: Self.goneOn(from: Self.lastChanged)) { true }
        var restored: ReuseExtent?
        if file != nil {
            restored = .nothing
            if isSaved { restored = try await extent(next: Self.goneOn(from: Self.whole)) { try await restore() } }
        }
        return KeptStates(inSlot: inSlot, restored: restored, tokens: whole.prompt)
    }

    /// - Parameters:
    ///   - next: goes on with what the slot holds after one with another last message was read.
    ///   - prepare: makes the slot hold what is asked about; false: it cannot.
    private func extent(next: [Message], _ prepare: () async throws -> Bool) async throws -> ReuseExtent {
        guard try await prepare() else { return .nothing }
        // What comes before the last message is nine tenths of the prompt.
        let last = try await read(Self.lastChanged).isReused(2, 3)
        guard try await prepare(), try await read(next).isReused(2, 3) else { return .nothing }
        guard last, try await prepare() else { return .continuation }
        // The first message changes at the end of its third quarter; a template may have put something before it.
        return try await read(Self.firstChanged).isReused(1, 2) ? .anywhere : .lastMessage
    }

    // MARK: What the engine is asked

    private func read(_ messages: [Message]) async throws -> Read {
        try Task.checkCancellation()
        let texts = messages.map { (role: $0.role, text: $0.text) }
        let answer = try await talk.readPrompt(texts, slot: slot, of: engine, claim: claim)
        return Read(prompt: answer.prompt, cached: answer.cached)
    }

    func erase() async throws {
        // What only says that all is well has confirmed nothing.
        guard try await act("erase", "").n_erased != nil else { throw EngineTalk.Problem.unreadable }
    }

    /// - Returns: whether there is a state to restore.
    private func save() async throws -> Bool {
        guard let file else { return false }
        do { return try await act("save", file).n_saved ?? 0 > 0 } catch is EngineTalk.Problem { return false }
    }

    /// - Returns: whether the engine says that it has restored something.
    private func restore() async throws -> Bool {
        guard let file else { return false }
        try await erase()
        do { return try await act("restore", file).n_restored ?? 0 > 0 } catch is EngineTalk.Problem { return false }
    }

    private func act(_ action: String, _ file: String) async throws -> EngineTalk.SlotAnswer {
        try Task.checkCancellation()
        return try await talk.slot(slot, action, file: file, of: engine, claim: claim)
    }
}

// The prompts.
extension StateCheck {
    private struct Message {
        let role: String
        let text: String
    }

    private static let opening = """
        A ship left the harbour at dawn with seven barrels of salt and a crew of five. The wind came from the west, the \
        sea was calm, and by noon the coast was out of sight. In the evening the cook made soup, the youngest sailor \
        sang an old song about the moon, and the captain wrote three lines into the book.
        """

    private static let whole = [
        Message(role: "user", text: opening + " At night it rained, and no one slept much before the morning."),
        Message(role: "assistant", text: "Then they went on."),
        Message(role: "user", text: "Where to?"),
    ]

    private static let lastChanged = Array(whole.dropLast()) + [Message(role: "user", text: "How many days?")]

    private static let firstChanged =
        [Message(role: "user", text: opening + " Two gulls sat down on the mast, so that land could not be far.")]
        + whole.dropFirst()

    private static func goneOn(from messages: [Message]) -> [Message] {
        messages + [Message(role: "assistant", text: "No one knew."), Message(role: "user", text: "Why?")]
    }
}

extension EngineTalk {
    /// Has the engine read a chat on a slot.
    ///
    /// - Returns: the prompt's tokens, and those of them that were not computed again.
    func readPrompt(
        _ messages: [(role: String, text: String)], slot: Int, of engine: any ResidentEngine, claim: WireClaim?
    ) async throws -> (prompt: Int, cached: Int) {
        struct Question: Encodable {
            var messages: [[String: String]]
            var id_slot: Int
            var max_tokens = 1
            var temperature = 0
        }
        struct Answer: Decodable {
            struct Usage: Decodable {
                struct Details: Decodable { var cached_tokens: Int }
                var prompt_tokens: Int
                var prompt_tokens_details: Details
            }
            var usage: Usage
        }
        let question = Question(
            messages: messages.map { ["role": $0.role, "content": $0.text] }, id_slot: slot)
        let answer: Answer = try await ask("/v1/chat/completions", question, of: engine, claim: claim)
        return (answer.usage.prompt_tokens, answer.usage.prompt_tokens_details.cached_tokens)
    }
}
