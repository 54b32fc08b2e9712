import ArgumentParser
import Foundation

/// Prints an answer to the standard output as it comes.
struct AnswerPrinter {
    private let isTerminal = Terminal.isOutput
    private var isInLine = false
    private var isDimmed = false

    mutating func show(_ text: String) throws {
        try dim(false)
        try write(text)
    }

    /// What a model thinks before it answers: for people at a terminal alone.
    mutating func showThought(_ text: String) throws {
        guard isTerminal, !text.isEmpty else { return }
        try dim(true)
        try write(text)
    }

    /// Ends the last line.
    mutating func end() throws {
        try dim(false)
        if isInLine { try Terminal.write("\n") }
        isInLine = false
    }

    private mutating func dim(_ isDimmed: Bool) throws {
        guard isDimmed != self.isDimmed else { return }
        self.isDimmed = isDimmed
        try Terminal.write(isDimmed ? "\u{1B}[2m" : "\u{1B}[0m\n")
    }

    private mutating func write(_ text: String) throws {
        let shown = isTerminal ? Terminal.harmless(text) : text
        guard !shown.isEmpty else { return }
        try Terminal.write(shown)
        isInLine = !shown.hasSuffix("\n")
    }
}

/// The standard output, a terminal or not.
enum Terminal {
    static var isOutput: Bool { isatty(STDOUT_FILENO) == 1 }
    /// Whether a person types and reads.
    static var isConversation: Bool { isOutput && isatty(STDIN_FILENO) == 1 }

    /// What a shell reports of a program whose reader has gone.
    private static let readerGone = ExitCode(128 + SIGPIPE)

    static func write(_ text: String) throws {
        do { try FileHandle.standardOutput.write(contentsOf: Data(text.utf8)) } catch { throw readerGone }
    }

    /// Without what would move a terminal's cursor or change its state.
    static func harmless(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.unicodeScalars.filter { $0.properties.generalCategory != .control || $0 == "\n" || $0 == "\t" }))
    }
}
