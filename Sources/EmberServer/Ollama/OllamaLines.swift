import EmberContext
import EmberSystem
import Foundation

/// How an answer's parts are written in Ollama's form: an object for each, without the line's end.
struct OllamaLines: Sendable {
    let form: OllamaForm
    /// The model's name in the request.
    let model: String
    let time: TimeSource

    /// A part of the answer, or with `end` its last one.
    func part(
        _ content: [UInt8]? = nil, thinking: [UInt8]? = nil, calls: [UInt8]? = nil, likelihoods: [UInt8]? = nil,
        end: OllamaEnd? = nil
    ) -> [UInt8] {
        var line = begun
        let text = content ?? Array("\"\"".utf8)
        if form == .chat {
            var message = JSONObjectText()
            message.add("role", "assistant")
            message.add("content", json: text)
            if let thinking { message.add("thinking", json: thinking) }
            if let calls { message.add("tool_calls", json: calls) }
            line.add("message", json: message.bytes)
        } else {
            line.add("response", json: text)
            if let thinking { line.add("thinking", json: thinking) }
            if let calls { line.add("tool_calls", json: calls) }
        }
        if let likelihoods { line.add("logprobs", json: likelihoods) }
        line.add("done", end != nil)
        end?.write(to: &line)
        return line.bytes
    }

    private var begun: JSONObjectText {
        var line = JSONObjectText()
        line.add("model", model)
        line.add("created_at", OllamaTime.text(of: time.wallSeconds))
        return line
    }

    static func error(_ message: String) -> [UInt8] {
        var line = JSONObjectText()
        line.add("error", message)
        return line.bytes
    }
}

/// What the last part of an answer says about all of it.
struct OllamaEnd: Sendable, Equatable {
    /// nil: the engine has not said why it has finished.
    var reason: String?
    var counts = ChatCounts()
    var times: OllamaTimes?

    init(finish: String?, counts: ChatCounts = ChatCounts(), times: OllamaTimes?) {
        // A call of a tool is the end of a turn like any other.
        reason = finish == "tool_calls" || finish == "function_call" ? "stop" : finish
        (self.counts, self.times) = (counts, times)
    }

    func write(to line: inout JSONObjectText) {
        if let reason { line.add("done_reason", reason) }
        times?.write(to: &line)
        line.add("prompt_eval_count", ifKnown: counts.promptTokens)
        line.add("prompt_eval_duration", ifKnown: counts.promptNanoseconds)
        line.add("eval_count", ifKnown: counts.answerTokens)
        line.add("eval_duration", ifKnown: counts.answerNanoseconds)
    }
}

/// How long Ember had the request, and how long the request waited for its model, in nanoseconds.
struct OllamaTimes: Sendable, Equatable {
    let total: Int
    /// nil: it is not known any more.
    let load: Int?

    init(total: Duration, loadSeconds: Double?) {
        self.total = Int(total / .nanoseconds(1))
        load = loadSeconds.map { Int(($0 * 1_000_000_000).rounded()) }
    }

    func write(to line: inout JSONObjectText) {
        line.add("total_duration", total)
        line.add("load_duration", ifKnown: load)
    }
}

enum OllamaTime {
    private static let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)

    /// - Parameter seconds: since 1970.
    static func text(of seconds: Double) -> String { style.format(.init(timeIntervalSince1970: seconds)) }

    /// What Ollama gives for models that are to stay: later than any client looks.
    static let never = "2318-01-01T00:00:00Z"
}
