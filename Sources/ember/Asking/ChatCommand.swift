import ArgumentParser
import EmberSystem
import Foundation
import Synchronization

struct ChatCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "chat", abstract: "Talk with a model; it knows what was said before.",
        discussion: """
            The model is one of a running Ember, or a path to a .gguf file: then this command serves the file itself until it \
            ends. Each line is a message. Ctrl-C interrupts an answer; Ctrl-C at the prompt, Ctrl-D or /bye ends, and /clear \
            forgets what was said. In a pipe there are no prompts, and the first error ends. A key, where one is needed, is \
            taken from $EMBER_KEY.
            """)

    @Argument(help: "The model's name, or a path that ends in .gguf.")
    var model: String

    @OptionGroup var ask: AskOptions

    @OptionGroup var running: RunningEmberOptions

    func run() async throws {
        let first = try ask.message("")
        let turn = Turn()
        let interrupts = Interrupts([SIGINT]) { turn.interrupt() }
        defer { interrupts.stop() }
        try await ModelPlace.use(model, running) { ember, name in
            try await ember.checkModel(name)
            if Terminal.isConversation {
                try Terminal.write("\(name): Ctrl-C interrupts an answer; Ctrl-D or /bye ends, /clear forgets.\n")
            }
            try await converse(ember, name, first, turn)
        }
    }

    private func converse(_ ember: RunningEmber, _ name: String, _ first: ChatMessage, _ turn: Turn) async throws {
        var messages = ask.opening
        while let line = try await turn.nextLine() {
            switch line.trimmingCharacters(in: .whitespaces) {
            case "": continue
            case "/bye": return
            case "/clear":
                messages = ask.opening
                continue
            default: break
            }
            let isFirst = messages.count == ask.opening.count
            var question = isFirst ? first : ChatMessage(role: .user, text: "")
            question.text += (question.text.isEmpty ? "" : "\n\n") + line
            let request = ChatRequest(model: name, messages: messages + [question], ask)
            do {
                let answer = try await turn.answer(of: ember, to: request)
                if answer.end == .cut { StandardError.write(ChatAnswer.cutNote) }
                // Of an answer that was interrupted before its first word, nothing was said.
                guard !answer.text.isEmpty else { continue }
                messages += [question, ChatMessage(role: .assistant, text: answer.text)]
            } catch let error as CommandFailure where Terminal.isConversation {
                StandardError.write("Error: \(error)")
            }
        }
    }
}

/// What a chat waits for at the moment, so that Ctrl-C ends it: a line, or an answer.
private final class Turn: Sendable {
    private let cancel = Mutex<(@Sendable () -> Void)?>(nil)
    private let input = Surroundings.system.queue("ember.input")
    private let time = Surroundings.system.time

    private static let longestWait = Duration.seconds(24 * 3600)

    func interrupt() { cancel.withLock { $0 }?() }

    /// What is typed next; nil at the end of the input, after Ctrl-C, or after a day.
    func nextLine() async throws -> String? {
        if Terminal.isConversation { try Terminal.write("> ") }
        let reading = time.later { [input, time] in
            await input.run(within: Self.longestWait, by: time) { readLine() } ?? nil
        }
        let line = await awaited(reading) { await reading.value }
        if line == nil, Terminal.isConversation { try Terminal.write("\n") }
        return line
    }

    func answer(of ember: RunningEmber, to request: ChatRequest) async throws -> ChatAnswer {
        let asking = time.later { try await ember.answer(to: request) }
        return try await awaited(asking) { try await asking.value }
    }

    private func awaited<Value, Success: Sendable, Failure: Error>(
        _ task: Task<Success, Failure>, _ value: () async throws -> Value
    ) async rethrows -> Value {
        cancel.withLock { $0 = { task.cancel() } }
        defer { cancel.withLock { $0 = nil } }
        return try await value()
    }
}
