import ArgumentParser
import EmberSystem
import Foundation

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Ask a model once, and print its answer as it comes.",
        discussion: """
            The model is one of a running Ember, or a path to a .gguf file: then this command serves the file itself, asks, and \
            ends its engine. What a pipe or a file at the standard input says comes after the prompt, or is the prompt. A key, \
            where one is needed, is taken from $EMBER_KEY. Ctrl-C ends the answer (exit code 130).
            """)

    @Argument(help: "The model's name, or a path that ends in .gguf.")
    var model: String

    @Argument(help: "The prompt; several words are joined by blanks.")
    var prompt: [String] = []

    @OptionGroup var ask: AskOptions

    @OptionGroup var running: RunningEmberOptions

    private static let interrupted = ExitCode(130)

    func run() async throws {
        let text = ([prompt.joined(separator: " ")] + [try AskOptions.standardInput()].compactMap(\.self))
            .filter { !$0.isEmpty }.joined(separator: "\n\n")
        guard !text.isEmpty || !ask.file.isEmpty else {
            throw CommandFailure(
                "there is no prompt: write it behind the model, pipe it in, or talk with 'ember chat MODEL'")
        }
        let messages = ask.opening + [try ask.message(text)]
        let asking = Surroundings.system.time.later { () async throws -> ChatAnswer.End in
            var end = ChatAnswer.End.interrupted
            try await ModelPlace.use(model, running) { ember, name in
                end = try await ember.answer(to: ChatRequest(model: name, messages: messages, ask)).end
            }
            return end
        }
        let interrupts = Interrupts {
            // The second one does not wait for an engine to end; it ends with this process.
            if asking.isCancelled { _exit(Self.interrupted.rawValue) }
            asking.cancel()
        }
        defer { interrupts.stop() }
        switch try await asking.value {
        case .whole: break
        case .cut: StandardError.write(ChatAnswer.cutNote)
        case .interrupted: throw Self.interrupted
        }
    }
}
