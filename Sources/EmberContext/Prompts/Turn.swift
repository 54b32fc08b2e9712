import Foundation

/// A demonstration as a prompt shows it: something asked, and its answer.
public struct Turn: Sendable, Hashable {
    public let prompt: String
    public let result: String

    public init(prompt: String, result: String) {
        self.prompt = prompt
        self.result = result
    }

    /// In a completion's text: the prompt, its result and an empty line. How the two are divided is the prompt's
    /// matter.
    public static func text(of turns: [Turn]) -> String { turns.map { $0.prompt + $0.result + "\n\n" }.joined() }

    /// The turn as elements of a JSON array, without brackets.
    func elements(_ format: PromptFormat) -> String {
        let (asked, answered) = (JSONLiteral.string(prompt), JSONLiteral.string(result))
        let user = #"{"role":"user","content":\#(asked)}"#
        guard format == .responses else { return user + #",{"role":"assistant","content":\#(answered)}"# }
        return user
            + #",{"type":"message","role":"assistant","content":[{"type":"output_text","text":\#(answered)}]}"#
    }
}

/// Texts as JSON writes them.
package enum JSONLiteral {
    /// The text as a string literal, quotes included.
    package static func string(_ text: String) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        // A string is always encodable.
        return String(decoding: (try? encoder.encode(text)) ?? Data("\"\"".utf8), as: UTF8.self)
    }

    /// The same without its quotes, to stand within a longer literal.
    static func inner(_ text: String) -> String { String(string(text).dropFirst().dropLast()) }
}
