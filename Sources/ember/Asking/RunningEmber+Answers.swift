import Foundation

/// What a model has answered.
struct ChatAnswer: Sendable {
    enum End: Sendable { case whole, cut, interrupted }

    static let cutNote = "the answer was cut: it has reached --max-tokens, or the end of the model's window"

    var text = ""
    var end = End.whole
}

extension RunningEmber {
    /// Sends a conversation, and prints the answer as it comes. Once the task is cancelled the connection closes, and
    /// what has come until then is the answer.
    func answer(to request: ChatRequest) async throws -> ChatAnswer {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = .withoutEscapingSlashes
        var (answer, printer) = (ChatAnswer(), AnswerPrinter())
        do {
            try await lines(.POST, "/v1/chat/completions", try encoder.encode(request)) { line in
                guard let event = try AnswerEvent(line: line) else { return }
                if let error = event.error { throw failure(error) }
                guard let choice = event.choices?.first else { return }
                if let text = choice.delta?.reasoningContent { try printer.showThought(text) }
                if let text = choice.delta?.content, !text.isEmpty {
                    answer.text += text
                    try printer.show(text)
                }
                if choice.finishReason == "length" { answer.end = .cut }
            }
        } catch is CancellationError {
            answer.end = .interrupted
        } catch {
            try printer.end()
            throw error
        }
        try printer.end()
        return answer
    }
}

/// One event of a streamed answer, as far as it is shown.
private struct AnswerEvent: Decodable {
    struct Choice: Decodable {
        struct Delta: Decodable {
            var content: String?
            var reasoningContent: String?
        }
        var delta: Delta?
        var finishReason: String?
    }

    var choices: [Choice]?
    var error: RunningEmber.Problem.Detail?

    /// The event of a line; nil where it has none, such as comments and the end.
    init?(line: String) throws {
        guard line.hasPrefix("data:") else { return nil }
        let data = line.dropFirst(5).drop { $0 == " " }
        guard data != "[DONE]" else { return nil }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        do { self = try decoder.decode(Self.self, from: Data(data.utf8)) } catch {
            throw CommandFailure("the answer has an event that is not understood: is an Ember at this address?")
        }
    }
}
