import ArgumentParser
import Foundation

/// What goes with a prompt; shared by the commands that ask a model.
struct AskOptions: ParsableArguments {
    @Option(help: "How the model is to answer: the system message.")
    var system: String?

    @Option(help: "Tokens of an answer, at most.")
    var maxTokens: Int?

    @Option(help: "0 for the likeliest answer, up to 2 for a freer one.")
    var temperature: Double?

    @Option(
        help: "A picture that goes with the first prompt (PNG, JPEG, GIF, WebP or BMP, up to 20 MiB); again for each.",
        completion: .file())
    var picture: [String] = []

    @Option(
        help: "A file whose text comes before the first prompt (UTF-8, up to 8 MiB); again for each.",
        completion: .file())
    var file: [String] = []

    private static let longestText = 8 << 20

    func validate() throws {
        if let maxTokens, maxTokens < 1 { throw ValidationError("--max-tokens \(maxTokens) is less than 1") }
        if let temperature, !(0...2).contains(temperature) {
            throw ValidationError("--temperature \(temperature) is not between 0 and 2")
        }
    }

    /// What comes before all prompts.
    var opening: [ChatMessage] { system.map { [ChatMessage(role: .system, text: $0)] } ?? [] }

    /// The first prompt, with what goes with it.
    func message(_ prompt: String) throws -> ChatMessage {
        let texts = try file.map { try Self.text(of: $0) }
        let pictures = try picture.map { try Picture(file: $0) }
        return ChatMessage(
            role: .user, text: (texts + [prompt]).filter { !$0.isEmpty }.joined(separator: "\n\n"), pictures: pictures)
    }

    /// What a pipe or a file at the standard input has to say; nil where there is neither.
    static func standardInput() throws -> String? {
        var status = stat()
        guard fstat(STDIN_FILENO, &status) == 0, [S_IFIFO, S_IFREG, S_IFSOCK].contains(status.st_mode & S_IFMT) else {
            return nil
        }
        return try text(of: "/dev/stdin")
    }

    private static func text(of path: String) throws -> String {
        let data = try NamedFile.bytes(of: path, upTo: longestText, fix: "give a shorter text")
        guard let text = String(validating: data, as: UTF8.self) else {
            throw CommandFailure("\(path) is no UTF-8 text: convert it, or give a picture with --picture")
        }
        return text
    }
}
